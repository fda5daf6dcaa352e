"""Passwords: what is accepted, and how they are kept."""

import os
import threading
import time
import unicodedata

import bcrypt
import pytest

from app.auth import passwords
from app.auth.passwords import hash_password, needs_rehash, verify_password, weakness
from app.errors import TooManyRequests

COST = 4
GOOD = "correct horse battery staple"
EMOJIS = "😀🦊🌵🚲🎷🍋🧊🛶🎈🦉🌋🪁🥝🐙🧲🪐🎯🍄🦜🧵"


def said(password: str) -> str:
    """What a person is told about a password; nothing about a good one."""
    found = weakness(password)
    return found.detail if found else ""


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        EMOJIS,
        "Ünïcödé wörds äre fine",
        "пароль из четырёх слов",
        " leading and trailing spaces count ",
        "tr0ub4dor & 3 other things",
        "纸上得来终觉浅绝知此事要躬行",
        "x7$kQ!9vLm2@",
    ],
)
def test_a_good_password_is_accepted(password: str) -> None:
    assert weakness(password) is None
    assert verify_password(password, hash_password(password, COST), COST)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "has 0 characters; at least 12"),
        ("short", "has 5 characters; at least 12"),
        ("x7$kQ!9vLm2", "has 11 characters; at least 12"),
        ("a" * 129, "has 129 characters; at most 128"),
        ("passwordpassword", "A few unrelated words"),
        ("aaaaaaaaaaaaaaaa", "A few unrelated words"),
        ("123456789012", "A few unrelated words"),
        ("qwertyuiopasdf", "A few unrelated words"),
        ("consumoconsumo", "A few unrelated words"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    assert reason in said(password)


@pytest.mark.parametrize(
    ("password", "context"),
    [
        ("ana.lovelace1", ["ana.lovelace"]),
        ("ana.lovelace@example.org", ["ana.lovelace@example.org"]),
        ("qzvxjwplmkd1", ["qzvxjwplmkd"]),
    ],
)
def test_ones_own_name_is_guessed_first(password: str, context: list[str]) -> None:
    assert weakness(password, context)


def test_the_same_password_is_good_for_somebody_else() -> None:
    assert weakness("qzvxjwplmkd1", ["someone", ""]) is None


def test_length_is_counted_in_characters_after_composition() -> None:
    decomposed = unicodedata.normalize("NFD", "éèêëàâùûîïôö")
    assert len(decomposed) == 24
    assert "characters" not in said(decomposed)
    assert "has 11 characters" in said(decomposed[:22])
    assert weakness(EMOJIS * 6 + "abcdefgh") is None  # 128 characters, 488 bytes
    assert "has 129 characters" in said(EMOJIS * 6 + "abcdefghi")


def test_composed_and_decomposed_spellings_are_one_password() -> None:
    composed = unicodedata.normalize("NFC", "crème brûlée à gogo")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert verify_password(decomposed, hash_password(composed, COST), COST)
    assert verify_password(composed, hash_password(decomposed, COST), COST)


def test_every_character_counts_far_beyond_the_72_bytes_of_bcrypt() -> None:
    long = "0123456789abcdef" * 8
    hashed = hash_password(long, COST)
    assert verify_password(long, hashed, COST)
    assert not verify_password(long[:-1] + "g", hashed, COST)
    assert not verify_password(long[:72], hashed, COST)
    assert not verify_password(long + "x", hashed, COST)


@pytest.mark.parametrize("password", ["before\0after12345", "\ud800 half a pair 123"])
def test_odd_characters_neither_break_nor_end_a_password(password: str) -> None:
    hashed = hash_password(password, COST)
    assert verify_password(password, hashed, COST)
    assert not verify_password(password.split("\0")[0] + "x", hashed, COST)


def test_a_wrong_password_is_wrong() -> None:
    hashed = hash_password(GOOD, COST)
    for other in (GOOD.upper(), GOOD + " ", " " + GOOD, GOOD[:-1], ""):
        assert not verify_password(other, hashed, COST)


def test_two_hashes_of_a_password_differ_and_are_bcrypts() -> None:
    one, other = hash_password(GOOD, COST), hash_password(GOOD, COST)
    assert one != other
    assert one.startswith("$2b$04$")
    assert GOOD not in one


def test_the_hash_is_not_of_the_plain_password() -> None:
    assert not bcrypt.checkpw(GOOD.encode(), hash_password(GOOD, COST).encode())


@pytest.mark.parametrize("password", ["", GOOD, "." * 53])
def test_without_a_hash_every_password_is_wrong(password: str) -> None:
    assert verify_password(password, None, COST) is False


def test_without_a_hash_it_takes_as_long() -> None:
    def cost(hashed: str | None) -> float:
        began = time.process_time()
        verify_password("wrong", hashed, 9)
        return time.process_time() - began

    hashed = hash_password(GOOD, 9)
    known = min(cost(hashed) for _ in range(4))
    unknown = min(cost(None) for _ in range(4))
    assert 0.6 < unknown / known < 1.6
    assert unknown > 0.008


def test_a_risen_cost_asks_for_a_new_hash() -> None:
    hashed = hash_password(GOOD, 5)
    assert needs_rehash(hashed, 6)
    assert not needs_rehash(hashed, 5)
    assert not needs_rehash(hashed, 4)


def test_when_the_queue_is_full_the_next_one_is_asked_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "QUEUE_WAIT_S", 0.05)
    for _ in range(passwords.HASHES_AT_A_TIME):
        assert passwords._places.acquire(timeout=5)
    try:
        with pytest.raises(TooManyRequests) as refusal:
            hash_password(GOOD, COST)
        with pytest.raises(TooManyRequests):
            verify_password(GOOD, None, COST)
    finally:
        for _ in range(passwords.HASHES_AT_A_TIME):
            passwords._places.release()
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (429, "2")
    assert hash_password(GOOD, COST)


def test_never_more_than_two_are_hashed_at_a_time() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    threads = [threading.Thread(target=passwords._in_queue, args=(work,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == passwords.HASHES_AT_A_TIME


def test_a_place_in_the_queue_is_given_back_after_an_error() -> None:
    for _ in range(passwords.HASHES_AT_A_TIME + 1):
        with pytest.raises(ZeroDivisionError):
            passwords._in_queue(lambda: 1 // 0)
    assert hash_password(GOOD, COST)


def test_hashing_yields_to_the_rest_of_the_process() -> None:
    nice = passwords._in_queue(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert nice == 10
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 10


def test_a_forked_worker_makes_its_own_pool() -> None:
    hash_password(GOOD, COST)
    child = os.fork()
    if child == 0:
        os._exit(0 if verify_password("x", None, COST) is False else 1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the child waits for threads that were not forked with it")
