"""Registration, sign-in, profile and sessions on the wire."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from app.schemas.common import (
    LEFT_OUT,
    Currency,
    Input,
    Locale,
    Name,
    Output,
    PersonName,
    Text,
    TimeZone,
    example,
    refusal,
)
from app.utils.codes import Code

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)


def _email(value: str) -> str:
    try:
        plain = unicodedata.normalize("NFKC", value).strip()  # as it is looked up at sign-in
        return unicodedata.normalize("NFKC", _EMAIL.validate_python(plain)).casefold()
    except ValidationError:
        raise refusal(
            Code.NOT_AN_EMAIL, "must be an e-mail address such as ana@example.org"
        ) from None


Email = Annotated[
    Text,
    Field(max_length=120, json_schema_extra={"format": "email"}, examples=["ana@example.org"]),
    AfterValidator(_email),
]
Username = Annotated[
    Text,
    BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value),
    Field(min_length=3, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", examples=["ana"]),
    AfterValidator(str.casefold),
]
Secret = Annotated[
    str, Field(strict=True, min_length=1, max_length=1024, json_schema_extra={"format": "password"})
]
Delivery = Literal["cookie", "body"]


class Register(Input):
    """A new user, with a personal account of their own."""

    model_config = example(
        username="ana",
        email="ana@example.org",
        password="three unrelated words do",  # noqa: S106
        time_zone="Europe/Madrid",
        token_delivery="body",  # noqa: S106
    )

    username: Username
    email: Email
    password: Secret = Field(examples=["three unrelated words do"])
    first_name: PersonName | None = None
    last_name: PersonName | None = None
    time_zone: TimeZone = "UTC"
    currency: Currency = "EUR"
    locale: Locale = "en"
    token_delivery: Delivery = "cookie"


class Login(Input):
    """Either `email` or `username`, with the password."""

    model_config = example(
        email="ana@example.org",
        password="three unrelated words do",  # noqa: S106
        token_delivery="body",  # noqa: S106
    )

    email: Annotated[Text, Field(max_length=120)] | None = None
    username: Annotated[Text, Field(max_length=80)] | None = None
    password: Secret
    token_delivery: Delivery = "cookie"

    @model_validator(mode="after")
    def _has_one_name(self) -> "Login":
        if (self.email is None) == (self.username is None):
            raise refusal(
                Code.EXACTLY_ONE, "give either email or username", fields=["email", "username"]
            )
        return self

    @property
    def login(self) -> str:
        """The name that was given."""
        return self.email or self.username or ""


class DemoStart(Input):
    """How to hand out the refresh token."""

    model_config = example(token_delivery="body")  # noqa: S106

    token_delivery: Delivery = "cookie"


class Refresh(Input):
    """Empty for browsers, which send the cookie; other clients give the token."""

    refresh_token: Annotated[Text, Field(max_length=200)] | None = None


class LogoutQuery(Input):
    """Where to sign out."""

    everywhere: bool = False


class ProfileUpdate(Input):
    """What may be changed; a field that is left out stays as it is."""

    model_config = example(first_name="Ana", locale="en")

    first_name: PersonName | None = None
    last_name: PersonName | None = None
    account_name: Name = LEFT_OUT
    time_zone: TimeZone = LEFT_OUT
    currency: Currency = LEFT_OUT
    locale: Locale = LEFT_OUT


class PasswordChange(Input):
    """The current password and the new one."""

    model_config = example(
        current_password="three unrelated words do",  # noqa: S106
        new_password="four unrelated words do too",  # noqa: S106
    )

    current_password: Secret
    new_password: Secret


class UserOut(Output):
    """A user as they see themselves."""

    id: int
    username: str
    email: str
    first_name: str | None
    last_name: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


class AccountOut(Output):
    """The account that the session works in."""

    id: int
    name: str
    time_zone: str
    currency: str
    locale: str
    role: Literal["owner", "editor", "viewer", "guest"]

    @classmethod
    def of(cls, account: Any, role: Any) -> "AccountOut":
        """Make it of an account and somebody's role in it."""
        return cls(
            id=account.id,
            name=account.name,
            time_zone=account.time_zone,
            currency=account.currency,
            locale=account.locale,
            role=role,
        )


class Me(Output):
    """Who is signed in, and where."""

    user: UserOut
    account: AccountOut


class SignedInOut(Output):
    """An open session. `refresh_token` is null in cookie mode, and where the old one stays."""

    user: UserOut
    account: AccountOut
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str | None


class SessionOut(Output):
    """A place where the user is signed in."""

    id: int
    user_agent: str | None
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool


class Sessions(Output):
    """All of the user's open sessions, the one used last first."""

    items: list[SessionOut]
