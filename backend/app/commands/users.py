"""People who sign in, from the command line."""

from datetime import UTC, datetime

import click

from app.commands.context import database, opened_state


@click.group("user")
def user_group() -> None:
    """People who sign in."""


@user_group.command("add")
@click.argument("username")
@click.argument("email")
@click.option("--time-zone", default="UTC", show_default=True, help="Of the account: IANA name.")
@click.option("--currency", default="EUR", show_default=True, help="Of the account: ISO 4217.")
@click.password_option(help="Asked for when it is left out.")
def add(username: str, email: str, time_zone: str, currency: str, password: str) -> None:
    """Make the user USERNAME with an account of their own."""
    from pydantic import ValidationError

    from app.explanations import reasons
    from app.schemas.auth import Register
    from app.services import accounts

    try:
        wanted = Register(
            username=username,
            email=email,
            password=password,
            time_zone=time_zone,
            currency=currency,
        )
    except ValidationError as error:
        raise click.UsageError(reasons(error)) from error
    with database():
        state = opened_state()
        settings = state.settings.model_copy(update={"register_limit_per_ip": 0})
        fields = wanted.model_dump(exclude={"token_delivery"})
        accounts.register(
            state.db,
            state.keys,
            settings,
            accounts.Registration(**fields),
            accounts.Client("command line", "consumo user add", "body"),
            datetime.now(UTC),
        )
    click.echo(f"{wanted.username} may sign in.")


@user_group.command("unlock")
@click.argument("login")
def unlock(login: str) -> None:
    """Let a user sign in again after too many wrong passwords."""
    with database():
        from app.services import operator

        state = opened_state()
        operator.unlock(state.db, state.keys, state.settings, login)
    click.echo(f"{login} may sign in again.")


@user_group.command("password")
@click.argument("login")
@click.password_option()
def set_password(login: str, password: str) -> None:
    """Set a user's password and end all their sessions."""
    with database():
        from app.services import operator

        state = opened_state()
        operator.reset_password(state.db, state.settings, login, password, datetime.now(UTC))
        operator.unlock(state.db, state.keys, state.settings, login)
    click.echo(f"The password of {login} is changed; all sessions are ended.")
