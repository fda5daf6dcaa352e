from app.utils.kept import Kept


def test_an_answer_is_made_once_for_a_key() -> None:
    kept, made = Kept(2, 10), []

    def make(answer: bytes) -> bytes:
        made.append(answer)
        return answer

    assert [kept.get("a", lambda: make(b"1")) for _ in range(3)] == [b"1"] * 3
    assert kept.get("b", lambda: make(b"2")) == b"2"
    assert made == [b"1", b"2"]


def test_the_answer_used_longest_ago_goes_first() -> None:
    kept = Kept(2, 10)
    for key in ("a", "b", "a", "c"):
        kept.get(key, key.encode)
    assert kept.get("a", lambda: b"new") == b"a"
    assert kept.get("b", lambda: b"new") == b"new"


def test_a_large_answer_is_not_kept() -> None:
    kept = Kept(2, 3)
    assert kept.get("a", lambda: b"1234") == b"1234"
    assert kept.get("a", lambda: b"12") == b"12"
