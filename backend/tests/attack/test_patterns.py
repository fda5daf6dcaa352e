"""No text makes a regular expression of ours run for long: each is tried on the long repetitions
that make backtracking quadratic or worse."""

import ast
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from types import ModuleType

import pytest

import app

Pattern = re.Pattern[str] | re.Pattern[bytes]
LENGTH = 50_000
LONGEST_S = 0.5
"""Of processor time; a linear pattern takes a millisecond, a quadratic one minutes."""
USES = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
OFTEN = "a0 .,-:;/\t\"'_+"
NOT_LITERAL = set("\\[]{}?*+|^$.")
SKIPPED = {"app.reader.__main__", "app.postgres.__main__"}


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if found.name not in SKIPPED:
            yield import_module(found.name)


def written_in_place(module: ModuleType) -> Iterator[tuple[str, Pattern, tuple[str, ...]]]:
    """Patterns that stand where they are used: re.sub("…", …)."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=use),
                args=[ast.Constant(value=str(text)), *_],
            ) if use in USES:
                yield f"{module.__name__}:{node.lineno}", re.compile(text, re.M), (use,)


def patterns() -> Iterator[tuple[str, Pattern, tuple[str, ...]]]:
    """Every pattern that a module keeps, with how the module uses it."""
    for module in modules():
        yield from written_in_place(module)
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and f"\n{name}" in f"\n{source}":
                used = tuple(use for use in USES if re.search(rf"\b{name}\.{use}\(", source))
                yield f"{module.__name__}.{name}", value, used or ("fullmatch",)


PATTERNS = list(patterns())


def attacks(pattern: str) -> Iterator[str]:
    letters = dict.fromkeys([*OFTEN, *(sign for sign in pattern if sign not in NOT_LITERAL)])
    for unit in [*letters, *map("".join, product("a0 ,", "a0 -.:"))]:
        yield unit * (LENGTH // len(unit)) + "\x00"


@pytest.mark.parametrize(("name", "pattern", "uses"), PATTERNS, ids=[one[0] for one in PATTERNS])
def test_no_text_makes_a_pattern_slow(name: str, pattern: Pattern, uses: tuple[str, ...]) -> None:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    for text in attacks(source):
        subject = text if isinstance(pattern.pattern, str) else text.encode()
        for use in uses:
            began = time.process_time()
            found = getattr(pattern, use)(*(["", subject] if use == "sub" else [subject]))
            if use == "finditer":
                list(found)
            spent = time.process_time() - began
            assert spent < LONGEST_S, f"{use} took {spent:.1f} s for {text[:20]!r}…"


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 50
    assert {"app.auth.tokens._SIGNED", "app.importers.sce_csv:68"} <= {one[0] for one in PATTERNS}


def test_a_slow_pattern_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "LENGTH", 20_000)
    with pytest.raises(AssertionError, match="match took"):
        test_no_text_makes_a_pattern_slow("slow", re.compile(r"(.*?)\s*\("), ("match",))
