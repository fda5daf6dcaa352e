"""The declarative base, and column types that both databases have."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Identity,
    MetaData,
    Numeric,
    Table,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
)
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


class TenantRow:
    """A row that belongs to one account: `account_id` leads its primary key."""

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-1)


class _SqliteInstant(TypeDecorator[datetime]):
    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class _SqliteDecimal(TypeDecorator[Decimal]):
    """Decimals as scaled integers, because SQLite would make floats of them."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def process_bind_param(self, value: Decimal | None, _dialect: Any) -> int | None:
        return None if value is None else int(Decimal(value).scaleb(self.scale))

    def process_result_value(self, value: int | None, _dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.scale)


def _decimal(precision: int, scale: int) -> TypeEngine[Decimal]:
    return Numeric(precision, scale).with_variant(_SqliteDecimal(scale), "sqlite")


INSTANT = DateTime(timezone=True).with_variant(_SqliteInstant(), "sqlite")
DOCUMENT = JSON().with_variant(JSONB(), "postgresql")
TYPED_AMOUNT = _decimal(14, 4)
BASE_AMOUNT = _decimal(30, 9)
TOTAL_AMOUNT = _decimal(30, 9)
READ_VALUE = _decimal(16, 4)
COST_AMOUNT = _decimal(16, 5)
MULTIPLIER = _decimal(18, 12)


def identity_column() -> Mapped[int]:
    """Make the `id` column: a bigint that the database counts up."""
    return mapped_column(BigInteger, Identity(always=False), primary_key=True)


@compiles(CreateColumn, "sqlite")
def _sqlite_counts_in_composite_keys(
    element: CreateColumn, compiler: DDLCompiler, **kw: Any
) -> str:
    ddl = compiler.visit_create_column(element, **kw)  # type: ignore[no-untyped-call]
    return f"{ddl} DEFAULT (next_id())" if element.element.identity is not None else str(ddl)


def table_of(model: type[Base]) -> Table:
    """Give the table of a model, for Core statements."""
    return cast(Table, model.__table__)
