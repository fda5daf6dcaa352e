"""Pydantic's errors in the words and codes of this API; the one place that knows both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.utils.codes import Code


@dataclass(frozen=True, slots=True)
class Translated:
    """An error as a problem says it; `field` is the one that a rule over several blames."""

    code: Code
    detail: str
    params: Mapping[str, Any]
    field: str | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    code: Code
    detail: str | None = None
    limits: Mapping[str, str] | None = None
    expected: str | None = None


def _type(expected: str, detail: str | None = None) -> _Kind:
    return _Kind(Code.WRONG_TYPE, detail, expected=expected)


_TEXT = _type("text", "must be a text")
_WHOLE = _type("whole-number", "must be a whole number")
_OBJECT = _type("object", "must be an object")
_AT_LEAST, _AT_MOST = "must have at least {min_length} ", "must have at most {max_length} "
_KINDS = {
    "missing": _Kind(Code.REQUIRED, "is required"),
    "extra_forbidden": _Kind(Code.UNKNOWN_FIELD, "unknown field, or one that cannot be set"),
    "string_too_short": _Kind(Code.TOO_SHORT, _AT_LEAST + "characters", {"min": "min_length"}),
    "string_too_long": _Kind(Code.TOO_LONG, _AT_MOST + "characters", {"max": "max_length"}),
    "too_short": _Kind(Code.TOO_FEW, _AT_LEAST + "entries", {"min": "min_length"}),
    "too_long": _Kind(Code.TOO_MANY, _AT_MOST + "entries", {"max": "max_length"}),
    "less_than_equal": _Kind(Code.ABOVE_MAXIMUM, "must be at most {le}", {"max": "le"}),
    "greater_than_equal": _Kind(Code.BELOW_MINIMUM, "must be {ge} or more", {"min": "ge"}),
    "decimal_max_places": _Kind(
        Code.TOO_MANY_DECIMALS,
        "must have at most {decimal_places} decimals",
        {"max": "decimal_places"},
    ),
    "string_pattern_mismatch": _Kind(Code.WRONG_FORMAT, limits={"pattern": "pattern"}),
    "finite_number": _type("number", "must be a number, not NaN or Infinity"),
    "string_type": _TEXT,
    "string_unicode": _Kind(Code.BAD_CHARACTER),
    "int_type": _WHOLE,
    "int_parsing": _type("whole-number"),
    "int_from_float": _type("whole-number"),
    "bool_type": _type("boolean"),
    "bool_parsing": _type("boolean"),
    "list_type": _type("list", "must be a list"),
    "dict_type": _type("object"),
    "model_type": _OBJECT,
    "model_attributes_type": _type("object"),
    "literal_error": _Kind(Code.NOT_ONE_OF),
    "enum": _Kind(Code.NOT_ONE_OF),
}
_CODES = frozenset(Code)
_QUOTED = re.compile(r"'([^']*)'")
_NOTHING = _Kind(Code.INVALID)


def translated(error: Mapping[str, Any]) -> Translated:
    """Translate one of `ValidationError.errors()`; what is not known is `invalid`."""
    context = error.get("ctx", {})
    if error["type"] in _CODES:  # a `refusal` of our own
        return Translated(
            Code(error["type"]), context["detail"], context["params"], context["field"]
        )
    kind = _KINDS.get(error["type"], _NOTHING)
    detail = kind.detail.format(**context) if kind.detail else str(error["msg"])
    return Translated(kind.code, detail.removeprefix("Value error, "), _params(kind, context))


def _params(kind: _Kind, context: Mapping[str, Any]) -> dict[str, Any]:
    if kind.code is Code.NOT_ONE_OF:
        return {"allowed": _QUOTED.findall(context["expected"])}
    params = {name: context[source] for name, source in (kind.limits or {}).items()}
    return params | ({"expected": kind.expected} if kind.expected else {})
