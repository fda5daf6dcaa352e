"""docs/asvs.md: every test and file that it names is there, and it leaves no requirement out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "backend" / "tests"
LEDGER = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
# https://github.com/OWASP/ASVS/tree/v5.0.0: requirements of level 1 and 2.
LEVEL_1, LEVEL_2 = 70, 183
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall(LEDGER)
OPEN = [name for name, _, what, _ in ROWS if what == "**open**"]
NAMED = re.findall(r"`([\w./-]+\.\w+)(?:::([^`]+))?`", LEDGER)


def named(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`([\w./-]+)(?:::([^`]+))?`", text)


@pytest.mark.parametrize(("file", "test"), sorted({one for one in NAMED if one[1]}))
def test_a_test_that_is_named_exists(file: str, test: str) -> None:
    if file.endswith(".py"):
        found = (TESTS / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {re.escape(test)}\(", found, re.MULTILINE)
    else:
        assert f"'{test}'" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "shown_by"), [(row[0], row[3]) for row in ROWS])
def test_each_requirement_is_shown_by_something_that_is_there(name: str, shown_by: str) -> None:
    for file, test in named(shown_by):
        assert test or (ROOT / file).is_file(), file
    for heading in re.findall(r"\]\(#([\w-]+)\)", shown_by):
        assert f"\n## {heading.replace('-', ' ')}\n" in LEDGER.lower()
    assert name in OPEN or named(shown_by) or "](#" in shown_by


def test_no_requirement_of_level_1_and_2_is_left_out() -> None:
    levels = [level for _, level, _, _ in ROWS]
    applying = {name for name, *_ in ROWS}
    assert len(applying) == len(ROWS)
    others = re.findall(r"\bV\d+\.\d+\.\d+\b", LEDGER.split("## Not applicable")[1])
    assert len(others) == len(set(others))
    assert not applying & set(others)
    assert len(ROWS) + len(others) == LEVEL_1 + LEVEL_2
    assert (levels.count("1"), levels.count("2")) == (59, 112)


def test_what_is_open_is_said() -> None:
    is_level_1 = {name for name, level, *_ in ROWS if level == "1"}
    assert not is_level_1 & set(OPEN)
    assert len(OPEN) <= 0.05 * 112
    assert f"Level 2: {112 - len(OPEN)} of 112" in LEDGER
