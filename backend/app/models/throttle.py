"""Counters that slow down guessing; shared by all workers."""

from datetime import datetime

from sqlalchemy import Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import INSTANT, Base


class Throttle(Base):
    """How often something happened in the window that began at `started_at`.

    `key` is a keyed hash of what is counted (e.g. an e-mail and an address), so that the
    table says nothing about people.
    """

    __tablename__ = "throttles"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(INSTANT)
