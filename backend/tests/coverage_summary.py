"""After a whole run: how many lines and branches of the packages that decide it went through."""

import io

import pytest
from coverage import Coverage

PACKAGES = ("services", "auth", "db", "utils")
LEAST = 95


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print a line for each package, and mark what is too little."""
    is_whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    if not (is_whole and config.getoption("cov_source", None)):
        return
    measured = Coverage(config_file="pyproject.toml")
    measured.load()
    terminalreporter.section(f"lines and branches covered, {LEAST} % being asked for")
    for package in PACKAGES:
        share = measured.report(include=[f"app/{package}/*"], file=io.StringIO())
        mark = "  too little" if share < LEAST else ""
        terminalreporter.write_line(f"{package:<10} {share:5.1f} %{mark}")
