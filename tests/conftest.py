"""Profiles of Hypothesis, and tests that need something a machine may lack.

A test that needs something says so, in one of two ways:

    @pytest.mark.needs("node")                  # what PROBES below can look for
    pytest.skip("needs redis: no server answers")

It is then skipped where the thing is missing, and the end of the run tells which tests were skipped and why.
``OPPORTUNE_REQUIRE=smtp,node`` makes the run fail if a test was skipped for want of one of these, or without saying
what it needs: so a run that was meant to test everything cannot quietly test less.
"""

import importlib.util
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

for _library in ("OMP", "OPENBLAS", "MKL"):  # before anything imports numpy: workers share the cores already
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

SHARED_DATA = Path(os.environ.get("OPPORTUNE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
"""Real data that is not ours to keep in the tree."""

settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=None, max_examples=50)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def _lacks_node() -> str | None:
    modules = os.environ.get("OPPORTUNE_NODE_MODULES")
    if shutil.which("node") is None:
        return "no node on the path"
    if modules is None or not Path(modules).is_dir():
        return "OPPORTUNE_NODE_MODULES names no folder with the clients in it"
    return None


def _lacks_browser() -> str | None:
    found = any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return None if found else "no chromium on the path"


def _lacks_redis() -> str | None:
    return None if shutil.which("redis-server") else "no redis-server on the path"


def _lacks_smtp() -> str | None:
    return None if importlib.util.find_spec("aiosmtpd") else "aiosmtpd is not installed"


def _lacks_shared_data() -> str | None:
    return None if SHARED_DATA.is_dir() else "OPPORTUNE_DATA names no folder with the shared data sets in it"


PROBES: dict[str, Callable[[], str | None]] = {
    "node": _lacks_node,
    "browser": _lacks_browser,
    "redis": _lacks_redis,
    "smtp": _lacks_smtp,
    "shared_data": _lacks_shared_data,
}
"""What a test may need, and how to find out why the machine lacks it."""

_NEED = re.compile(r"(?:Skipped: )?needs (\w+): ")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose need is not met."""
    for marker in item.iter_markers("needs"):
        (what,) = marker.args
        if what not in PROBES:
            pytest.fail(f"needs({what!r}): it may be one of {', '.join(PROBES)}")
        if lacking := PROBES[what]():
            pytest.skip(f"needs {what}: {lacking}")


def _skipped(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str]]:
    """Each skipped test, or file, with its reason."""
    for report in reporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        yield report.nodeid, reason.removeprefix("Skipped: ")


def _unforgiven(reason: str) -> bool:
    """Was the thing asked for, or is it not even said what is missing?"""
    required = {what for what in os.environ.get("OPPORTUNE_REQUIRE", "").split(",") if what}
    found = _NEED.match(reason)
    return bool(required) and (found is None or found[1] in required)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run if something was skipped that this machine was meant to have."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter) and session.exitstatus == pytest.ExitCode.OK:
        if any(_unforgiven(reason) for _, reason in _skipped(reporter)):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells what was skipped and why."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in _skipped(terminalreporter):
        by_reason.setdefault(reason, []).append(name)
    if by_reason:
        terminalreporter.section("skipped")
    for reason, names in sorted(by_reason.items()):
        must = "  FAILS THE RUN (OPPORTUNE_REQUIRE)" if _unforgiven(reason) else ""
        terminalreporter.line(f"{len(names)} x {reason}{must}")
        for name in sorted(names):
            terminalreporter.line(f"    {name}")
