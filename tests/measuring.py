"""Where coverage is measured: what runs elsewhere runs at full speed.

Tracing takes as long again as what it traces. It takes place while a test is set up, called and
torn down: not between tests, not where a test reaches what others reach for sure, and not in the
process that hands the tests out.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

PROCESSES = (
    "COVERAGE_PROCESS_CONFIG"  # with it, coverage.py measures in the processes that we begin
)


class Tracing(NamedTuple):
    """What is traced: in this thread, in those that begin, and in the processes that we begin."""

    here: Any = None
    threads: Any = None
    processes: str | None = None


NOTHING = Tracing()


def trace(tracing: Tracing) -> Tracing:
    """Trace something else from here on; what has been traced before."""
    before = Tracing(sys.gettrace(), threading.gettrace(), os.environ.pop(PROCESSES, None))
    if tracing.processes is not None:
        os.environ[PROCESSES] = tracing.processes
    threading.settrace(tracing.threads)
    sys.settrace(tracing.here)
    return before


@contextmanager
def traced(tracing: Tracing) -> Iterator[Tracing]:
    """Trace something else in the block; what has been traced before."""
    before = trace(tracing)
    try:
        yield before
    finally:
        trace(before)


class Measuring:
    """A plugin that measures tests.

    Args:
        measures: Tells whether a test is measured.
    """

    def __init__(self, measures: Callable[[pytest.Item], bool]) -> None:
        self._measures = measures
        self._tracing = NOTHING

    def pytest_configure(self, config: pytest.Config) -> None:
        """Measure what the workers of pytest-xdist do, not what it takes to talk with them."""
        if config.getoption("numprocesses", None):
            trace(Tracing(processes=os.environ.get(PROCESSES)))

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        """Measure what is imported in one of the workers: all of them import the same."""
        if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
            return (yield)
        with traced(NOTHING):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        with traced(NOTHING) as self._tracing:
            return (yield)

    def _phase(self, item: pytest.Item) -> Iterator[None]:
        with traced(self._tracing if self._measures(item) else NOTHING):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._phase(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._phase(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._phase(item))
