import gc
import signal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from measuring import Measuring
from patience import RUN, TEST, WORKER
from shared import (  # noqa: F401
    pytest_handlecrashitem,
    pytest_runtest_makereport,
    pytest_runtest_setup,
    pytest_sessionfinish,
)

from duologue import cli

# These take long, whatever else runs: they begin first, and no processor is left alone with one of
# them in the end. (xdist would begin with the files that have most tests.) Browsers that keep
# a core busy stand between servers that are waited for. The times are in the file of `--junitxml`.
LONG = [
    "docs/test_every_page.py",
    "servers/test_endings.py",
    "docs/test_playground_on_a_page.py",
    "servers/test_shutdown.py",
    "docs/test_preview.py",
    "rooms/test_rooms_redis.py",
    "docs/test_library_in_pyodide.py",
    "foreign/test_foreign.py",
    "docs/test_browser.py",
    "servers/test_what_servers_say.py",
    "docs/test_catalogues_of_project.py",
    "docs/test_serve.py",
    "servers/test_slots.py",
    "docs/test_translations_random.py",
    "test_packaging.py",
    "docs/test_playground_in_node.py",
    "test_leaks.py",
    "docs/test_catalogues_comments.py",
    "scripts/test_pytest_plugin.py",
    "rooms/test_rooms_redis_presence.py",
    "testclient/test_asynctestclient.py",
    "uvicorn/test_hostile.py",
    "websockets/test_websockets_model.py",
]

# Tracing takes up to as long again as these do, and adds nothing: each line of the library has a
# test elsewhere that reaches it for sure, with no chance, no program of others and no process in
# between.
UNMEASURED = {
    Path(__file__).parent / name
    for name in [
        "docs",
        "foreign",
        "servers",
        "rooms/test_rooms_model.py",
        "rooms/test_rooms_redis_model.py",
        "rooms/test_rooms_resume_model.py",
        "scripts/test_pygments_lexer.py",
        "test_frameworks.py",
        "test_fuzz.py",
        "test_hostile_inputs.py",
        "test_leaks.py",
        "test_packaging.py",
        "test_shared.py",
        "test_stages.py",
        "test_survivors.py",
        "websockets/test_websockets_model.py",
    ]
}


@cache
def is_measured_file(path):
    """Whether coverage is measured in the tests of a file."""
    return not UNMEASURED.intersection([path, *path.parents])


def is_measured(item):
    """Whether coverage is measured in a test: not where it draws what it is given, either."""
    return is_measured_file(item.path) and not item.get_closest_marker("hypothesis")


# A machine that is busy with other things is no mistake of the code.
settings.register_profile("duologue", deadline=None)
settings.load_profile("duologue")


@pytest.hookimpl(tryfirst=True)  # before pytest-timeout reads its options
def pytest_configure(config):
    """End a test that hangs; the last of these limits pytest reads from its settings alone."""
    config.option.timeout = config.option.timeout or TEST
    config.option.session_timeout = config.option.session_timeout or RUN
    config._inicache["faulthandler_timeout"] = WORKER
    config.pluginmanager.register(Measuring(is_measured))
    # Begun in the background of a shell, we ignore SIGINT, and so would all that tests interrupt.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Collect quickly: what is collected stays until the end, so nobody looks for garbage in it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # a plugin that shuffles has the last word
def pytest_collection_modifyitems(items):
    """Begin with the files that take long."""
    order = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path, len(LONG)))


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture
def run(capsys):
    """Run the command `duologue`: its exit status, what it shows, and what it complains about."""

    def run(*arguments):
        status = cli.main(arguments)
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run
