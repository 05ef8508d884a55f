"""The pytest plugin: it plays scripts as tests.

It collects `*.duo`, and plays each against the `app` of the program beside it. Every run of pytest
loads it, so what plays is imported only where there is a script.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from duologue._lazy import lazy_module
from duologue._targets import explain_lacking, explain_unknown, lacking, read_urls
from duologue.scripts.language.parser import ScriptSyntaxError, load
from duologue.scripts.language.script import Script

if TYPE_CHECKING:
    from duologue import _programs as programs
    from duologue.scripts import _event_loop as event_loop
    from duologue.scripts import _failure as failures
    from duologue.scripts import _player as players
    from duologue.scripts.transports import connectors
else:
    programs = lazy_module("duologue._programs")
    event_loop = lazy_module("duologue.scripts._event_loop")
    failures = lazy_module("duologue.scripts._failure")
    players = lazy_module("duologue.scripts._player")
    connectors = lazy_module("duologue.scripts.transports.connectors")

_USAGE_ERROR = "duologue_usage_error"
"""The key of `workeroutput` at which a worker of pytest-xdist tells of a usage error."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("duologue", "scripts of WebSocket conversations (*.duo)")
    group.addoption(
        "--duologue-url",
        metavar="[CLIENT=]URL",
        action="append",
        default=[],
        help="play the scripts against the server at this ws:// or wss:// URL; with the name of a "
        "client, for that client only; may be given more than once",
    )
    parser.addini(
        "duologue_app",
        "the application for scripts that have no program beside them: MODULE:APP",
    )
    parser.addini(
        "duologue_backends",
        "the event loops to play on: asyncio, trio (default: both, where trio is installed)",
        type="args",
    )
    parser.addini(
        "duologue_timeout",
        "how many seconds to wait for each line of the server (default: 5)",
        default="5",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scripts."""
    if file_path.suffix != ".duo":
        return None
    return ScriptFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a URL for a client that is in no script."""
    clients = [
        client for item in items if isinstance(item, ScriptItem) for client in item.script.clients
    ]
    unknown = explain_unknown(_urls(config), clients, "--duologue-url") if clients else None
    if unknown:
        _refuse(unknown, config, items)


def _refuse(message: str, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Raise a usage error; in a worker of pytest-xdist, let the main process raise it.

    Raised in a worker, it would be a crash with a traceback of pytest-xdist.
    """
    workeroutput: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if workeroutput is None:
        raise pytest.UsageError(message)
    workeroutput[_USAGE_ERROR] = message
    items.clear()


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_testnodedown(node: Any) -> None:
    """Raise the usage error that a worker of pytest-xdist tells of; one that crashed tells none."""
    message = getattr(node, "workeroutput", {}).get(_USAGE_ERROR)
    if message:
        raise pytest.UsageError(message)


def _urls(config: pytest.Config) -> dict[str, str]:
    """The URLs by the names of the clients."""
    return read_urls(cast("list[str]", config.getoption("duologue_url")))


class ScriptFile(pytest.Module):
    """A script: a test for each backend.

    To pytest it is a module, and each test a function of it, so that fixtures of every scope are
    set up for it, and their parameters make more tests of it.
    """

    def collect(self) -> Iterable[pytest.Item]:
        """Read the script, and make its tests."""
        try:
            script = load(self.path)
        except ScriptSyntaxError as error:
            raise self.CollectError(str(error)) from None
        timeout = self._timeout()
        self._check_urls(script)
        for backend in self._backends():
            yield from self._make_items(script, backend, timeout)

    def _getobj(self) -> ModuleType:
        """Make the module that fixtures and plugins look at: there is none to import."""
        module = ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        return module

    def istestfunction(self, obj: object, name: str) -> bool:
        """Take each function as a test, whatever `python_functions` says."""
        return True

    def _make_items(self, script: Script, backend: str, timeout: float) -> Iterable[pytest.Item]:
        def play() -> None:
            target = _urls(self.config) or self._load_app()
            event_loop.run(lambda: players.play(script, target, timeout=timeout), backend)

        play.__name__ = play.__qualname__ = backend
        play.__module__ = self.obj.__name__
        setattr(self.obj, backend, play)
        functions: list[pytest.Function] = self.ihook.pytest_pycollect_makeitem(
            collector=self, name=backend, obj=play
        )
        for function in functions:
            yield ScriptItem.of(function, script)

    def _load_app(self) -> Any:
        name = self.config.getini("duologue_app")
        if name and not self.path.with_suffix(".py").is_file():
            return programs.load_named(name, self.config.rootpath)
        return programs.load_beside(self.path)

    def _timeout(self) -> float:
        given = self.config.getini("duologue_timeout")
        try:
            timeout = float(given)
        except ValueError:
            timeout = 0
        if not timeout > 0:
            raise self.CollectError(f"duologue_timeout is a number of seconds, not {given!r}")
        return timeout

    def _backends(self) -> list[str]:
        backends: list[str] = self.config.getini("duologue_backends")
        for backend in backends:
            if backend not in ("asyncio", "trio"):
                raise self.CollectError(
                    f"duologue_backends has asyncio and trio to choose from, not {backend!r}"
                )
        return backends or ["asyncio", *(["trio"] if find_spec("trio") else [])]

    def _check_urls(self, script: Script) -> None:
        if not self.config.getoption("duologue_url"):
            return
        try:
            from duologue.scripts.transports.sockets import URLConnector  # an optional dependency

            urls = _urls(self.config)
            for url in urls.values():
                URLConnector(url)
        except (ImportError, ValueError) as error:
            raise self.CollectError(str(error)) from None
        client = lacking(script.clients, urls)
        if client is not None:
            raise self.CollectError(explain_lacking(client, "--duologue-url"))


class ScriptItem(pytest.Function):
    """A script that is played on one backend.

    Attributes:
        script: The script.
    """

    script: Script

    @classmethod
    def of(cls, function: pytest.Function, script: Script) -> Self:
        """Turn what pytest has made of a function, for one set of its parameters, into a test."""
        function.__class__ = cls  # so it keeps all that pytest and other plugins have given it
        item = cast("Self", function)
        item.script = script
        return item

    def repr_failure(  # type: ignore[override]  # as pytest's own functions do
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """Describe what happened; a traceback through the player would not help."""
        told = programs.AppError | connectors.CannotConnectError | failures.ScriptFailure
        if isinstance(excinfo.value, told):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the test."""
        return self.path, 0, f"{self.path.name} on {self.name}"
