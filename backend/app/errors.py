"""The problems that the product reports, RFC 9457. Knows no web framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.utils.codes import Code


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something may have been refused, for a client that offers what to do about it.

    `code` names it ("rollover"), `possible` is false when the data rules it out.
    """

    code: str
    possible: bool
    detail: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with what was sent.

    `pointer` is a JSON pointer into the body ("/amount", "/create/3/unit"); a query
    parameter is named as "?date_from", a header as "If-Match:", a form part as "#file".
    `detail` is for people, `code` and `params` (the limit that was met) are for programs.
    """

    pointer: str
    detail: str
    code: Code = Code.INVALID
    params: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):
    """Base of all problems; `detail` is shown to the client and names the limit that was met.

    With `keeps_changes` the transaction commits all the same, so that a refused attempt is
    counted and a reused token ends its session. Without a `code` of its own it has that of its
    only error, or else its slug.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        code: Code | None = None,
        params: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        keeps_changes: bool = False,
    ) -> None:
        super().__init__(detail)
        only = errors[0] if code is None and len(errors) == 1 else None
        self.code = only.code if only else code or Code(self.slug)
        self.params = dict(only.params if only else params or {})
        self.detail = detail
        self.keeps_changes = keeps_changes
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class Internal(Problem):
    """An error of ours; the detail never says more than that."""


class Malformed(Problem):
    """The request cannot be read: broken JSON, duplicate keys, bad encoding."""

    status, slug, title = 400, "malformed", "The request cannot be read"


class Unauthenticated(Problem):
    """No credentials, or credentials that are wrong, expired or revoked."""

    status, slug, title = 401, "unauthenticated", "Sign in first"

    def __init__(
        self,
        detail: str = "The access token is missing, expired or not valid.",
        *,
        keeps_changes: bool = False,
    ) -> None:
        challenge = {"WWW-Authenticate": 'Bearer realm="consumo"'}
        super().__init__(detail, headers=challenge, keeps_changes=keeps_changes)


class Forbidden(Problem):
    """It is yours, but your role (or where the request comes from) does not allow it."""

    status, slug, title = 403, "forbidden", "Not allowed"


class NotFound(Problem):
    """There is no such thing, or it is not yours: the two are never told apart."""

    status, slug, title = 404, "not-found", "Not found"

    def __init__(
        self,
        detail: str = "There is nothing here that you can see.",
        *,
        code: Code | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail, code=code, params=params)


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    status, slug, title = 405, "method-not-allowed", "Method not allowed"


class Conflict(Problem):
    """A rule of the data forbids it: a name is taken, a request is already under way."""

    status, slug, title = 409, "conflict", "Conflict"


class RunsBackwards(Conflict):
    """A register read below the one before it; `explanations` says what may have happened.

    They are a member of their own in the body: a list of {code, possible, detail}.
    """

    def __init__(
        self, detail: str, explanations: Sequence[Explanation], errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(detail, code=Code.RUNS_BACKWARDS, errors=errors)
        self.explanations = tuple(explanations)


class Stale(Problem):
    """The version that If-Match names is not the current one any more."""

    status, slug, title = 412, "stale", "Changed in the meantime"


class TooLarge(Problem):
    """The body or the file is larger than the limit, which the detail names."""

    status, slug, title = 413, "too-large", "Too large"


class UnsupportedMediaType(Problem):
    """The body is of a type that this endpoint does not read."""

    status, slug, title = 415, "unsupported-media-type", "Unsupported media type"


class Invalid(Problem):
    """The body can be read, but what it says breaks a rule; `errors` names each field."""

    status, slug, title = 422, "invalid", "Not valid"


class PreconditionRequired(Problem):
    """REQUIRE_IF_MATCH is on and the request has no If-Match header."""

    status, slug, title = 428, "precondition-required", "If-Match is required"


class TooManyRequests(Problem):
    """A limit on how often was reached; Retry-After says when to try again."""

    status, slug, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        wait_s = max(1, retry_after_s)
        super().__init__(
            detail,
            params={"retry_after_s": wait_s},
            headers={"Retry-After": str(wait_s)},
            keeps_changes=True,
        )


class Unavailable(Problem):
    """The database, or another part that is needed, is away for the moment."""

    status, slug, title = 503, "unavailable", "Not available at the moment"

    def __init__(self, detail: str, retry_after_s: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


def invalid_field(pointer: str, detail: str, code: Code = Code.INVALID, **params: Any) -> Invalid:
    """Make the problem of one field."""
    return Invalid(detail, errors=[FieldError(pointer, detail, code, params)])


def taken(pointer: str, detail: str) -> Conflict:
    """Make the problem of a name that something else has."""
    return Conflict(detail, errors=[FieldError(pointer, detail, Code.TAKEN)])
