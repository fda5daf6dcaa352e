"""Notice that PostgreSQL has stopped answering, and end what waits for it.

`statement_timeout` is the server's own clock: a frozen server, or a network that swallows
packets, would hold every thread for ever. While a transaction is older than a second, one thread
of this process asks on a connection of its own. Without an answer it shuts down the sockets of
all waiting transactions and has new ones refused, until the server answers again.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import psycopg

from app.errors import Unavailable
from app.logs import log

PATIENCE_S = 1.0
ANSWER_WITHIN_S = 2
PAUSE_S = 0.5
CALM_S = 3.0


class Waiting(Protocol):
    """A session that may have a connection of the driver."""

    def driver_connection(self) -> "psycopg.Connection[Any] | None":
        """Give the connection of the transaction under way, if there is one."""


class Watch:
    """Watches the transactions of one process; starts its thread at the first of them."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._waiting: dict[int, tuple[float, Waiting]] = {}
        self._is_away = False
        self._process: int | None = None
        self._starting = threading.Lock()

    @contextmanager
    def over(self, session: Waiting) -> Iterator[None]:
        """Watch a session while it waits for the server."""
        if self._process != os.getpid():  # threads do not outlive a fork
            self._start()
        self._waiting[id(session)] = (time.monotonic(), session)
        try:
            yield
        finally:
            del self._waiting[id(session)]

    def refuse_while_away(self) -> None:
        """Raise Unavailable while the server does not answer."""
        if self._is_away:
            raise Unavailable("The database does not answer at the moment. Try again.")

    def _start(self) -> None:
        with self._starting:
            if self._process != os.getpid():
                self._process, self._is_away = os.getpid(), False
                threading.Thread(target=self._run, name="stalls", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(PAUSE_S)
            if not self._is_away and not self._older_than(PATIENCE_S):
                continue
            was_away, self._is_away = self._is_away, not self._answers()
            if self._is_away:
                self._end_waiting()
            if self._is_away != was_away:
                log.warning("database", answers=not self._is_away)
            if not self._is_away:
                time.sleep(CALM_S)

    def _older_than(self, seconds: float) -> list[Waiting]:
        latest = time.monotonic() - seconds
        return [session for began, session in list(self._waiting.values()) if began < latest]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url, connect_timeout=ANSWER_WITHIN_S).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error:
            return True  # refused: then nobody waits
        return True

    def _end_waiting(self) -> None:
        for session in self._older_than(PATIENCE_S):
            with suppress(psycopg.Error, OSError):
                connection = session.driver_connection()
                if connection is not None:
                    with socket.socket(fileno=os.dup(connection.fileno())) as ours:
                        ours.shutdown(socket.SHUT_RDWR)
