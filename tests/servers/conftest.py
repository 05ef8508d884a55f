"""Every server that is worth the name, as a real process on a port of its own.

For tests of one's own, in a file for each server (so that pytest-xdist spreads them):

    VARIANT = "granian"          # one of variants.VARIANTS


    def test_something(server):  # runs as long as the tests of the file
        with Probe(server, "echo") as client:  # features.Probe, rough_client.Client: synchronous
            ...

- `server` serves `served:app`: every snippet under `/live/PAGE/NAME`, and the behaviours of
  `behaviours.py`, each of which keeps a record of what the application has seen. It has `url`,
  `port`, `variant`, `log`, `terminate()` (SIGTERM), `wait()` and `stop()`.
- `serving(VARIANTS[name], "module:app", folder, KEY="value")` of `variants.py` is the same as a
  context manager, for an application of one's own, and for tests that end the process.
- Nothing sleeps: the server is there once it has said so and has taken a connection, and it is
  killed with all its children in the end, even where pytest is killed. What it has logged during a
  test is shown where the test fails.

What the features do on each server is kept in `conformance/VARIANT.toml`, which `make conformance`
writes, and `conformance/differences.toml` says why, where it is not what is right.
"""

import importlib.metadata
import os
import resource
import tomllib

import pytest
from shared import Pointer

pytest.register_assert_rewrite("checks", "features")

from features import FEATURES  # noqa: E402 - the rewriting comes first
from variants import ROOT, VARIANTS, serving  # noqa: E402

FOLDER = ROOT / "conformance"
WRITES = os.environ.get("CONFORMANCE") == "write"


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"  # of the client: tests/scripts has tried it on both


@pytest.fixture(scope="session", autouse=True)
def many_files():
    """Allow as many connections as the tests open, here and in the servers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@pytest.fixture(scope="module")
def variant(request):
    """The server that the file is about."""
    return VARIANTS[request.module.VARIANT]


@pytest.fixture(scope="module")
def server(variant):
    """This server, running."""
    with serving(variant) as running:
        yield running


@pytest.fixture(scope="module")
def results(variant):
    """What is known of this server; where it shall be written, what is found now."""
    path = FOLDER / f"{variant.name}.toml"
    if not WRITES:
        yield tomllib.loads(path.read_text(encoding="utf-8"))
        return
    found = {"version": importlib.metadata.version(variant.server), "seen": {}}
    yield found
    assert len(found["seen"]) == len(FEATURES), "write all features of a server, or none"
    about = {"server": variant.server, "setting": variant.setting, "version": found["version"]}
    seen = [f'{name} = "{value}"' for name, value in found["seen"].items()]
    head = [f'{name} = "{value}"' for name, value in about.items()]
    note = "# What this server does: written by `make conformance`, and compared by the tests."
    path.write_text("\n".join([note, *head, "", "[seen]", *seen, ""]), encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what the server has logged during a test that fails."""
    report = yield
    running = getattr(item, "funcargs", {}).get("server")
    if running is not None:
        start = item.stash.setdefault(LOGGED, len(running.log) if call.when == "setup" else 0)
        if report.failed and not isinstance(call.excinfo.value, Pointer):
            name = f"Log of {running.variant.name}"
            report.sections.append((name, "".join(running.log[start:])))
    return report


LOGGED = pytest.StashKey[int]()
