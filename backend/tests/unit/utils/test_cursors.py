"""Cursors: what was written is read back, and nothing else is read."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.utils.cursors import MAX_CURSOR_LENGTH, InvalidCursor, decode, encode

integers = st.integers(-(2**63) + 1, 2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def raw(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@given(st.lists(integers | texts, max_size=4))
def test_a_cursor_is_read_back_as_it_was_written(values: list[int | str]) -> None:
    text = encode(values)
    assert text.isascii()
    assert not set(text) & set("+/=&?#% ")
    assert decode(text, [type(value) for value in values]) == tuple(values)


def test_the_sort_key_of_a_record_fits() -> None:
    assert decode(encode(["2025-03-01", 2**63 - 1]), (str, int)) == ("2025-03-01", 2**63 - 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "%", "====", "WzFd=", "WzFd\n", " WzFd", "WzF", "WzF+", "é", "🔥", "A" * 513, "null"),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 380).decode().rstrip("="),
        raw({"a": 1}),
        raw(1),
        raw(None),
        raw([]),
        raw(["1"]),
        raw([1.0]),
        raw([True]),
        raw([None]),
        raw([[1]]),
        raw([1, 2]),
        raw([2**63]),
        raw([-(2**63)]),
        base64.urlsafe_b64encode(b"[NaN]").decode().rstrip("="),
        base64.urlsafe_b64encode(b"[1e400]").decode().rstrip("="),
        base64.urlsafe_b64encode(b"[ 1]").decode().rstrip("="),
        base64.urlsafe_b64encode(b"[" + b"9" * 380 + b"]").decode().rstrip("="),
        base64.urlsafe_b64encode(b"[-0]").decode().rstrip("="),
    ],
)
def test_a_malformed_cursor_of_an_integer_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode(text, (int,))


@pytest.mark.parametrize("value", ["\0", "a\0b", "\ud800"])
def test_a_text_that_the_database_would_refuse_is_refused(value: str) -> None:
    with pytest.raises(InvalidCursor):
        decode(raw([value]), (str,))
    with pytest.raises(ValueError, match="NUL"):
        encode([value])


@given(st.text(max_size=MAX_CURSOR_LENGTH))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        values = decode(text, (str, int))
    except InvalidCursor:
        return
    assert encode(values) == text


@pytest.mark.parametrize("values", [["a" * 600], [2**63], [True], [1.5], [None], [["a"]]])
def test_a_value_that_could_not_be_read_back_is_not_written(values: list[object]) -> None:
    with pytest.raises(ValueError, match="cursor"):
        encode(values)  # type: ignore[arg-type]
