"""Accounts and their members on the wire."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.schemas.auth import AccountOut
from app.schemas.common import (
    Currency,
    Id,
    Input,
    Locale,
    Name,
    Output,
    Text,
    TimeZone,
    example,
    refusal,
)
from app.utils.codes import Code

GivenRole = Literal["owner", "editor", "viewer"]


class AccountCreate(Input):
    """Another account, apart from the others, with a first site."""

    model_config = example(name="Beach house", time_zone="Atlantic/Canary", currency="EUR")

    name: Name
    time_zone: TimeZone
    currency: Currency
    locale: Locale = "en"


class Accounts(Output):
    """The accounts that one belongs to: those that one owns first, then the oldest."""

    items: list[AccountOut]


class Switch(Input):
    """Where to go on."""

    model_config = example(account_id=2)

    account_id: Id


class MemberAdd(Input):
    """Somebody who has registered, by either `email` or `username`.

    Viewers read, editors write records and meters, owners manage the members as well.
    """

    model_config = example(username="ben", role="viewer")

    email: Annotated[Text, Field(min_length=1, max_length=120)] | None = None
    username: Annotated[Text, Field(min_length=1, max_length=80)] | None = None
    role: GivenRole

    @model_validator(mode="after")
    def _has_one_name(self) -> "MemberAdd":
        if (self.email is None) == (self.username is None):
            raise refusal(
                Code.EXACTLY_ONE, "give either email or username", fields=["email", "username"]
            )
        return self


class MemberUpdate(Input):
    """The role that a member shall have."""

    model_config = example(role="editor")

    role: GivenRole


class MemberOut(Output):
    """A member of the account. `email` is shown to owners, and one's own to oneself."""

    user_id: int
    username: str
    email: str | None
    first_name: str | None
    last_name: str | None
    role: Literal["owner", "editor", "viewer", "guest"]


class Members(Output):
    """All members of the account, in the order in which they signed up."""

    items: list[MemberOut]
