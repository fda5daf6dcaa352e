"""Consumo's back end. `create_app` is loaded on demand, so that the launcher stays small."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.factory import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name != "create_app":
        raise AttributeError(name)
    from app.factory import create_app

    return create_app
