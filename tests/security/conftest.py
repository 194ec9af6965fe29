"""With LEDGER=1 the checks of a run are added to the ledger."""

import os

import pytest

from tests.faults import ledger


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts what was looked at."""
    if os.environ.get("LEDGER"):
        found = {what: len(terminalreporter.stats.get(what, ())) for what in ("passed", "failed")}
        ledger.add("security", {"checks": sum(found.values()), "failures": found["failed"]})
