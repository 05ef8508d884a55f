"""What runs the tests in Pyodide; `run.mjs` calls it.

Each report is a JSON object: the `file` and `test`, its `outcome`, and the `text` of a failure. The
last one has the `status` of pytest, and the names of tests that are `unknown`.
"""

import asyncio
import json
import os
import sys

import pytest
from stand_ins import Finder

PROJECT = "/project"
OPTIONS = (
    "-q --tb=short --capture=sys -p no:cacheprovider -p no:faulthandler -p anyio.pytest_plugin"
)

# So deep nested, a value ends the stack of JavaScript before that of Python, and Python with it.
DEEP = "[" * 10_000


class Timers:
    """What an event loop waits with where there are no sockets: it sleeps until the next timer."""

    def __init__(self, sleep):
        self._sleep = sleep

    def select(self, seconds):
        if seconds is None:
            raise RuntimeError("deadlock: what this waits for cannot come any more")
        if seconds > 0:
            self._sleep(seconds)
        return []


class Loop(asyncio.BaseEventLoop):
    """The event loop of asyncio, without what only an operating system has.

    Pyodide's own is the browser's, which lets nobody wait for the end of something.
    """

    def __init__(self, sleep):
        super().__init__()
        self._selector = Timers(sleep)

    def _process_events(self, _):
        pass

    def _write_to_self(self):
        pass


class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    def __init__(self, sleep):
        super().__init__()
        self._sleep = sleep

    def new_event_loop(self):
        return Loop(self._sleep)


class HooksOfXdist:
    def pytest_handlecrashitem(self, crashitem, report, sched):
        pass


class Reporter:
    """A plugin that leaves tests out, and reports what comes of the others.

    Args:
        report: Takes reports.
        left_out: The names of tests; without parameters, that of all of them.
    """

    def __init__(self, report, left_out):
        self._report = report
        self._left_out = left_out
        self._known = set()

    def pytest_addhooks(self, pluginmanager):
        pluginmanager.add_hookspecs(HooksOfXdist)

    def pytest_addoption(self, parser):
        """Know the settings of plugins that are not here."""
        for name in ("--timeout", "--session-timeout"):
            parser.addoption(name)
        for name in ("timeout_method", "faulthandler_timeout", "faulthandler_exit_on_timeout"):
            parser.addini(name, "")

    def pytest_configure(self, config):
        config.addinivalue_line("markers", "drawn: Hypothesis draws what it is given")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        kept, dropped = [], []
        for item in items:
            (kept if self._is_run(item) else dropped).append(item)
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept

    def _is_run(self, item):
        names = {item.nodeid, item.nodeid.partition("[")[0]} & self._left_out
        self._known |= names
        given = item.callspec.params if hasattr(item, "callspec") else {}
        return not (
            names
            or item.get_closest_marker("drawn")
            or given.get("anyio_backend") == "trio"
            or any(isinstance(value, str) and DEEP in value for value in given.values())
        )

    def pytest_collectreport(self, report):
        if report.failed:
            self.tell(file=report.nodeid, outcome="failed", text=str(report.longrepr))

    def pytest_runtest_logstart(self, nodeid):
        self.tell(begun=nodeid)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or not report.passed:
            file, _, test = report.nodeid.partition("::")
            text = "" if report.passed else str(report.longrepr)
            self.tell(file=file, test=test, outcome=report.outcome, text=text)

    def end(self, status):
        self.tell(status=int(status), unknown=sorted(self._left_out - self._known))

    def tell(self, **values):
        self._report(json.dumps(values))


def run(files, left_out, report, sleep):
    """Run the tests of some files.

    Args:
        files: Their paths in the project.
        left_out: The names of tests that are not run.
        report: Takes reports.
        sleep: Sleeps for some seconds, with everything else.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir(PROJECT)
    sys.meta_path.insert(0, Finder())
    # The loop of the browser runs all the time, and would be in the way.
    asyncio._set_running_loop(None)
    sys.set_asyncgen_hooks(None, None)
    asyncio.events._set_event_loop_policy(Policy(sleep))
    reporter = Reporter(report, set(left_out))
    reporter.end(pytest.main([*OPTIONS.split(), *files], plugins=[reporter]))
