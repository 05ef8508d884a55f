"""What many tests share fails once.

A server, the built site, a browser or a table is shared by hundreds of tests. Where it fails, the
first of them says why; each of the others says in one line which one that was, and takes no time.
`conftest.py` takes the hooks of this file, and they see to three things:

- An exception that has failed a test fails no second one with its traceback. Pytest itself keeps
  that of a fixture, a `Future` keeps its own, and `remember` keeps that of a function.
- A thing that can break later is watched (`with watch(thing, trouble):`): when a test has failed,
  it is asked how it is, and a thing that is broken is handed to no further test.
- The pointing is a `Pointer`, for hooks that have something to add to a real failure.

A test whose process ends has failed, once: pytest-xdist would begin it again in the next process.

What has failed is said once more, last of all and in few lines, for those who read the end alone.
"""

import functools
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from patience import MOMENT

LAST_LINES = 40  # of the log of what has broken
MESSAGE_LINES = 10  # of each failure, where it is said once more


class Pointer(pytest.fail.Exception):
    """It points to the test that shows the failure."""

    def __init__(self, what: str, error: str, first: str) -> None:
        super().__init__(f"{what}: {error} (see {first})", pytrace=False)


@dataclass
class Watched:
    thing: object
    trouble: Callable[[], str | None]
    log: Sequence[str]
    broken: tuple[str, str] | None = None  # how it is, and the test that has shown it


watched: list[Watched] = []


@contextmanager
def watch(thing: Any, trouble: Callable[[], str | None], log: Sequence[str] = ()) -> Iterator[Any]:
    """Share a thing with tests, as the value of a fixture, as long as it works.

    Args:
        thing: The value of the fixture.
        trouble: It tells what is wrong with it, or nothing. It is asked when a test has failed.
        log: The lines that it writes. The last of them are shown where it breaks.
    """
    entry = Watched(thing, trouble, log)
    watched.append(entry)
    try:
        yield thing
    finally:
        watched.remove(entry)


def remember(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function once for the same arguments, also where it raises an exception."""

    @functools.cache
    def outcome(*arguments: Any) -> tuple[Any, Exception | None]:
        try:
            return function(*arguments), None
        except Exception as error:  # noqa: BLE001 - it is raised below
            return None, error

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        value, error = outcome(*arguments)
        if error is not None:
            raise error
        return value

    return call


def silence(host: str, port: int) -> str | None:
    """Tell that a server says nothing, not even that it does not understand."""
    try:
        with socket.create_connection((host, port), MOMENT) as connection:
            connection.sendall(
                b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host.encode()
            )
            connection.recv(1)
    except TimeoutError:
        return f"it has said nothing for {MOMENT:g} s"
    except ConnectionRefusedError:
        return "it does not listen any more"
    except OSError:
        pass  # which is an answer, too
    return None


def places(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """Where a test was, the last calls first, without those of pytest itself."""
    return "\n".join(
        f"{call.path}:{call.lineno + 1} in {call.name}"
        for call in reversed(excinfo.traceback)
        if not {"_pytest", "pluggy", "pytest_timeout.py"}.intersection(Path(call.path).parts)
    )


def point(error: BaseException, nodeid: str) -> Pointer | None:
    """The pointer to the test that an exception has failed already, or nothing."""
    if isinstance(error, pytest.skip.Exception | Pointer):
        return None
    # It is kept with the exception: nothing here keeps what its frames hold.
    first = error.__dict__.setdefault("__first__", nodeid)
    if first == nodeid:
        return None
    error.__traceback__ = None  # it grows each time that it is raised
    summary = (str(error).strip() or type(error).__name__).splitlines()[0]
    return Pointer("the same failure", f"{type(error).__name__}: {summary:.200}", first)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Hand out nothing that is broken."""
    result = yield
    for value in getattr(item, "funcargs", {}).values():
        for each in watched:
            if each.broken is not None and each.thing is value:
                raise Pointer("what it needs is broken", *each.broken)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Show a failure once, and ask what is shared whether it has broken."""
    if call.excinfo is not None and (pointer := point(call.excinfo.value, item.nodeid)):
        with pytest.raises(Pointer) as caught:
            raise pointer
        call.excinfo = caught
    report = yield
    if report.failed and not isinstance(call.excinfo.value, Pointer):
        report.shown_again = [str(call.excinfo.value).strip() or call.excinfo.typename]
        if report.shown_again[0].startswith("Timeout"):
            report.shown_again[0] += "\n" + places(call.excinfo)
        for each in watched:
            if each.broken is None and (trouble := each.trouble()):
                each.broken = trouble, item.nodeid
                told = "\n".join([trouble, *(line.rstrip() for line in each.log[-LAST_LINES:])])
                report.sections.insert(0, ("Broken from here on", told))
                report.shown_again.append(told)
    return report


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """Count a test as done that has ended its process."""
    report.shown_again = [str(report.longrepr)]
    for tests in sched.workqueue.values():
        if crashitem in tests:
            tests[crashitem] = True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Say once more what has failed, after all that pytest says itself."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(session.config, "workerinput"):
        stats = reporter.stats
        real = [
            report
            for report in stats.get("failed", []) + stats.get("error", [])
            if getattr(report, "shown_again", None)
        ]
        if real:
            reporter.write_sep("=", "what has failed, once more", red=True)
        for report in real:
            reporter.write_line(f"{report.nodeid} ({report.when})", red=True)
            message, *broken = report.shown_again
            lines = message.splitlines()
            more = [f"[{len(lines) - MESSAGE_LINES} lines more]"] * (len(lines) > MESSAGE_LINES)
            for line in [*lines[:MESSAGE_LINES], *more, *"\n".join(broken).splitlines()]:
                reporter.write_line(f"    {line}")
    return result
