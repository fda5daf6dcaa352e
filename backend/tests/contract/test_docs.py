"""The documents say what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app import errors
from app.utils.codes import Code

ROOT = Path(__file__).resolve().parents[3]


def test_the_diagram_shows_the_models() -> None:
    script = ROOT / "scripts" / "make-erd"
    subprocess.run([sys.executable, str(script), "--check"], check=True)


def _problems(kind: type[errors.Problem] = errors.Problem) -> list[type[errors.Problem]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _problems(child))]


@pytest.mark.parametrize("kind", _problems(), ids=lambda kind: kind.__name__)
def test_every_problem_is_documented(kind: type[errors.Problem]) -> None:
    page = (ROOT / "docs" / "problems.md").read_text()
    assert f"| `{kind.slug}` | {kind.status} |" in page


def test_every_decision_says_what_enforces_it() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert len(decisions) >= 9
    numbers = [page.name[:4] for page in decisions]
    assert all(number.isdigit() for number in numbers)
    assert len(set(numbers)) == len(numbers), "two decisions have the same number"
    for page in decisions:
        text = page.read_text()
        for heading in ("Context", "Decision", "Consequences", "Alternatives", "Enforced by"):
            assert f"**{heading}.**" in text, f"{page.name} has no {heading}"


def test_links_within_the_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if not target.startswith(("http:", "https:")):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


SLUGS = {kind.slug for kind in _problems()}


@pytest.mark.parametrize("code", Code)
def test_every_code_is_documented_and_used(code: Code) -> None:
    page = (ROOT / "docs" / "problems.md").read_text()
    assert re.search(rf"^\| `{code}` \|", page, re.MULTILINE)
    if code not in SLUGS:
        sources = (path.read_text() for path in (ROOT / "backend" / "app").rglob("*.py"))
        assert any(f"Code.{code.name}" in source for source in sources)


def test_every_documented_code_exists() -> None:
    _, _, codes = (ROOT / "docs" / "problems.md").read_text().partition("## Codes")
    found = re.findall(r"^\| `([a-z-]+)` \|", codes, re.MULTILINE)
    assert sorted(found) == sorted({"code"} | set(Code) - SLUGS)  # the first is the heading


def test_every_slug_is_a_code() -> None:
    assert set(Code) >= SLUGS


def test_no_schema_refuses_without_a_code() -> None:
    for path in (ROOT / "backend" / "app" / "schemas").glob("*.py"):
        assert "raise ValueError" not in path.read_text(), f"{path.name}: raise refusal(Code…)"
