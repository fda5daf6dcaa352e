"""InfluxDB line protocol, as its reference writes it."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importers.line_protocol import BadLine, Point, read


def points(text: str, precision: str = "ns") -> list[Point]:
    return list(read(text, precision))


def test_a_line_of_telegraf() -> None:
    line = r'energy,host=pi\ 4,meter=Heat\,\ pump,step=900 amount=0.25,ok=t,n=3i,s="a b,\"c\"" '
    [found] = points(line + "1767225600000000000")
    assert found.measurement == "energy"
    assert found.tags == {"host": "pi 4", "meter": "Heat, pump", "step": "900"}
    assert found.fields == {"amount": Decimal("0.25"), "ok": True, "n": 3, "s": 'a b,"c"'}
    assert found.at == 1_767_225_600


@pytest.mark.parametrize(("precision", "digits"), [("s", 0), ("ms", 3), ("us", 6), ("ns", 9)])
def test_precisions(precision: str, digits: int) -> None:
    [found] = points("m a=1 1767225600" + "0" * digits, precision)
    assert found.at == 1_767_225_600


def test_comments_blank_lines_and_line_ends() -> None:
    found = points("# said\n\nm a=1 1\r\n  m a=-2e3 -2  \n", "s")
    assert [(p.line, p.fields["a"], p.at) for p in found] == [(3, 1, 1), (4, -2000, -2)]
    assert points("m a=1")[0].at is None


@pytest.mark.parametrize(
    "line",
    [
        "m", "m ", "m a", "m a=", "m =1", "m a=1,", "m a=1 x", "m a=1 1.5", "m a=abc", 'm a="x',
        "m,t a=1", "m,t= a=1", "m a=1 2 3", "m a=NaN", "m a=inf", "m a=0x1", "m a=1_0", "m a=١",
        "m a=1 99999999999999999999", "m " + "a" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_point_names_its_line(line: str) -> None:
    with pytest.raises(BadLine) as caught:
        points(f"m a=1 1\n{line}", "s")
    assert caught.value.line == 2


def test_half_a_second_is_refused() -> None:
    with pytest.raises(BadLine, match="whole second"):
        points("m a=1 1500", "ms")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadLine):
        assert all(point.line >= 1 for point in points(text))
