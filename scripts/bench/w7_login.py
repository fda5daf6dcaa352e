"""W7: signing in against one bcrypt verify, and the rest of the API while passwords are guessed.

Sign-ins and plain bcrypt verifies (cost 12, in this process) alternate. Then a client lists records
at a fixed rate, with and without six wrong passwords a second, in alternating rounds.
"""

import itertools
import json
import threading
import time
from collections.abc import Iterator

import bcrypt

from harness import seed
from harness.client import Sample, closed_loop, paced, request, same, single
from harness.report import Work, main, median, say
from harness.service import Service, running

COST = 12
GUESSES_A_SECOND = 6
LISTS_A_SECOND = 50
TENANT = range(1, 2)
_PERSON = {
    "username": "bench-login",
    "email": "bench-login@example.org",
    "password": "staple river orbit cabinet",
    "time_zone": "Europe/Madrid",
}


def measure(quick: bool = False) -> Work:
    """Run the work."""
    pairs, rounds, seconds = (5, 1, 5.0) if quick else (25, 3, 10.0)
    work = Work("W7", "login, and the rest of the API while passwords are guessed")
    with running() as service:
        with service.connect() as connection, seed.bulk(connection):
            seed.tenants(connection, TENANT)
            seed.records(connection, TENANT, meters=1, days=1000, per_day=1)
        _sign_up(service)
        logins, verifies = _alternate(service, pairs)
        say(f"W7: login {median(logins):.0f} ms, verify {median(verifies):.0f} ms")
        calm, busy = [], []
        closed_loop(service.port, [_list(service)] * 8, 1.0)  # warm up
        for _ in range(rounds):
            calm.append(_paced(service, seconds))
            with _Guessing(service) as guessing:
                busy.append(_paced(service, seconds))
            say(f"W7: list {calm[-1].percentile(50):.2f} ms, {busy[-1].percentile(50):.2f} ms"
                f" beside {guessing.answered / guessing.seconds:.1f} guesses/s")  # fmt: skip
    work.at_most("login p50 against one verify", median(logins) / median(verifies), 1.05, "x")
    work.show("login p50", f"{median(logins):.0f} ms")
    work.show("one bcrypt verify, cost 12", f"{median(verifies):.0f} ms")
    before = median(sample.percentile(50) for sample in calm)
    beside = median(sample.percentile(50) for sample in busy)
    work.at_most("list p50 beside six wrong passwords a second", beside / before, 1.3, "x")
    work.show("list p50 alone / beside guesses", f"{before:.2f} / {beside:.2f} ms")
    tails = [median(s.percentile(99) for s in samples) for samples in (calm, busy)]
    work.show("list p99 alone / beside guesses", f"{tails[0]:.1f} / {tails[1]:.1f} ms")
    rate = guessing.answered / guessing.seconds
    work.show("guesses answered", f"{rate:.1f}/s, {guessing.put_off} of {guessing.sent} put off")
    work.notes.append(f"The list is asked for {LISTS_A_SECOND} times a second by one client.")
    return work


def _sign_up(service: Service) -> None:
    answer = single(
        service.port, request("POST", "/api/auth/register", body=json.dumps(_PERSON).encode())
    )
    if answer.status != 201:
        raise SystemExit(f"registering failed: {answer.body.decode()}")


def _login(password: str) -> bytes:
    body = {"email": _PERSON["email"], "password": password, "token_delivery": "body"}
    return request("POST", "/api/auth/login", body=json.dumps(body).encode())


def _alternate(service: Service, pairs: int) -> tuple[list[float], list[float]]:
    hashed = bcrypt.hashpw(b"x" * 44, bcrypt.gensalt(COST))
    logins, verifies = [], []
    for _ in range(pairs):
        began = time.perf_counter()
        answer = single(service.port, _login(_PERSON["password"]))
        between = time.perf_counter()
        bcrypt.checkpw(b"y" * 44, hashed)
        ended = time.perf_counter()
        if answer.status != 200:
            raise SystemExit(f"signing in failed: {answer.body.decode()}")
        logins.append((between - began) * 1000)
        verifies.append((ended - between) * 1000)
    return logins, verifies


def _list(service: Service) -> Iterator[bytes]:
    return same(request("GET", "/api/consumption", service.token(TENANT.start)))


def _paced(service: Service, seconds: float) -> Sample:
    return paced(service.port, _list(service), seconds, 1 / LISTS_A_SECOND)


class _Guessing:
    """Wrong passwords at a fixed rate from threads, as long as the block lasts."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ended = threading.Event()
        self._numbers = itertools.count()
        self.sent = self.answered = self.put_off = 0
        self.seconds = 0.0
        self._threads = [
            threading.Thread(target=self._guess, args=(place / GUESSES_A_SECOND,))
            for place in range(GUESSES_A_SECOND)
        ]

    def __enter__(self) -> "_Guessing":
        self._began = time.perf_counter()
        for thread in self._threads:
            thread.start()
        time.sleep(1.5)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.perf_counter() - self._began

    def _guess(self, delay: float) -> None:
        due = self._began + delay
        while not self._ended.wait(max(0, due - time.perf_counter())):
            due = max(due + 1, time.perf_counter())
            self.sent += 1
            status = single(self._service.port, _login(f"wrong {next(self._numbers)}")).status
            if status not in (401, 429):
                raise SystemExit(f"a wrong password was answered with {status}")
            self.answered += status == 401
            self.put_off += status == 429


if __name__ == "__main__":
    main(measure, __doc__)
