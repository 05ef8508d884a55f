import asyncio
import importlib
import subprocess
import sys
from types import SimpleNamespace

import anyio
import pytest
from chat_example import PROGRAM, SCRIPT
from running_server import serve

from duologue.scripts import pytest_plugin
from duologue.websockets import WebSocket

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _clean_path(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Leave out of the runs of the tests what `pyproject.toml` leaves out of this one."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio")
    return pytester


@pytest.fixture
def chat(pytester):
    pytester.makepyfile(chat=PROGRAM)
    pytester.makefile(".duo", chat=SCRIPT)
    return pytester


async def echo(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_json([message])


@pytest.fixture(scope="module")
def url():
    with serve(echo) as url:
        yield url


def test_a_script_is_played_on_each_backend_afresh(chat):
    result = chat.runpytest("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["chat.duo::asyncio PASSED*", "chat.duo::trio PASSED*"])


def test_a_failure_is_told_without_a_traceback(chat):
    chat.makefile(".duo", chat=SCRIPT.replace('["hello"]', '["bye"]'))
    result = chat.runpytest("chat.duo::trio", "-ra")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*chat.duo on trio*",
            "*chat.duo:4: the server sent something else",
            "",
            'expected  < [[]"bye"[]]',
            'got       < [[]"hello"[]]',
            '          at [[]0[]]: expected "bye", got "hello"',
            "",
            "so far    > open /",
            "FAILED chat.duo::trio*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*player.py*")


def test_what_the_application_raises_is_told(chat):
    chat.makepyfile(chat=PROGRAM.replace("messages.append(message)", "{}[message]"))
    result = chat.runpytest("chat.duo::asyncio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["got       < close 1006", "The application raised:", "KeyError: *"]
    )


def test_a_mistake_in_a_script_is_an_error_with_its_place(chat):
    chat.makefile(".duo", chat="> open /\n< acept\n")
    result = chat.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*chat.duo:2:3: expected `accept`*", "    < acept", "      ^"])


def test_a_script_needs_a_program(pytester):
    pytester.makefile(".duo", chat=SCRIPT)
    result = pytester.runpytest("chat.duo::asyncio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["there is no program *chat.py beside chat.duo"])


def test_an_application_can_be_named(pytester):
    pytester.makeini("[pytest]\nduologue_app = my_shop_main:app\n")
    pytester.makepyfile(my_shop_main=PROGRAM.replace("(messages)", "([message])"))
    pytester.makefile(".duo", chat=SCRIPT)
    pytester.runpytest().assert_outcomes(passed=2)


def test_the_program_beside_comes_first(chat):
    chat.makeini("[pytest]\nduologue_app = nowhere_to_be_found:app\n")
    chat.runpytest().assert_outcomes(passed=2)


def test_the_backends_can_be_chosen(chat):
    chat.makeini("[pytest]\nduologue_backends = trio\n")
    result = chat.runpytest("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["chat.duo::trio PASSED*"])


def test_trio_need_not_be_installed(chat, monkeypatch):
    monkeypatch.setattr("duologue.scripts.pytest_plugin.find_spec", lambda name: None)
    result = chat.runpytest("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["chat.duo::asyncio PASSED*"])


def test_the_time_limit_can_be_chosen(chat):
    chat.makeini("[pytest]\nduologue_timeout = 0.2\n")
    chat.makefile(".duo", chat=SCRIPT.replace('["hello"]', "any\n< any"))
    result = chat.runpytest("chat.duo::asyncio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*chat.duo:5: the server sent nothing for 0.2 s"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("duologue_timeout = soon", "duologue_timeout is a number of seconds, not 'soon'"),
        ("duologue_timeout = 0", "duologue_timeout is a number of seconds, not '0'"),
        (
            "duologue_backends = asyncio curio",
            "duologue_backends has asyncio and trio to choose from, not 'curio'",
        ),
    ],
)
def test_a_wrong_setting_is_an_error(chat, setting, message):
    chat.makeini(f"[pytest]\n{setting}\n")
    result = chat.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_the_scripts_can_be_played_against_a_server(pytester, url):
    pytester.makefile(".duo", chat=SCRIPT)
    pytester.runpytest(f"--duologue-url={url}").assert_outcomes(passed=2)


def test_a_server_that_is_not_there_is_told_in_a_line(chat, free_tcp_port):
    result = chat.runpytest(f"--duologue-url=ws://127.0.0.1:{free_tcp_port}")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["cannot connect to *: nothing listens there"])


def test_a_wrong_url_is_an_error(chat):
    result = chat.runpytest("--duologue-url=http://x")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["'http://x' is not the URL of a WebSocket server*"])


TWO = """\
ada> open /
ada< accept
bob> open /
bob< accept
ada> "hello"
ada< ["hello"]
ada> close 1000
bob> close 1000
"""


def test_each_client_can_have_a_server_of_its_own(pytester, url):
    pytester.makefile(".duo", chat=TWO)
    pytester.makefile(".duo", other=SCRIPT)
    result = pytester.runpytest(f"--duologue-url={url}", f"--duologue-url=bob={url}")
    result.assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("urls", "message"),
    [
        (
            ["ada=ws://x"],
            "the client bob has no URL: add --duologue-url bob=ws://127.0.0.1:8000, *",
        ),
        (["ada=ws://x", "ada=ws://y"], "the client ada has two URLs: leave one away"),
    ],
)
def test_a_wrong_url_of_a_client_is_an_error(pytester, urls, message):
    pytester.makefile(".duo", chat=TWO)
    result = pytester.runpytest(*(f"--duologue-url={url}" for url in urls))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_a_url_for_a_client_that_is_in_no_script_is_told(pytester):
    pytester.makefile(".duo", chat=TWO)
    pytester.makepyfile("def test(): pass")
    result = pytester.runpytest("--duologue-url=ws://x", "--duologue-url=bbo=ws://x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--duologue-url bbo=*: no script has a client bbo; there are ada, bob"]
    )


# The processes of pytest-xdist have no output of their own: the main one tells what they find.


@pytest.mark.parametrize("distribution", ["load", "loadfile", "each"])
def test_a_url_for_a_client_that_is_in_no_script_is_told_under_xdist(chat, distribution):
    chat.makefile(".duo", chat=TWO)
    urls = ["--duologue-url=ws://x", "--duologue-url=bbo=ws://x"]
    result = chat.runpytest_subprocess("-n2", f"--dist={distribution}", *urls)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        "ERROR: --duologue-url bbo=…: no script has a client bbo; there are ada, bob"
    ]
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_wrong_url_of_a_client_is_told_under_xdist(chat):
    chat.makefile(".duo", chat=TWO)
    result = chat.runpytest_subprocess("-n2", "--duologue-url=ada=ws://x")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the client bob has no URL: *"])


def test_a_worker_runs_nothing_after_a_usage_error_and_passes_it_on():
    script = SimpleNamespace(clients=["ada"])
    items = [pytest_plugin.ScriptItem.__new__(pytest_plugin.ScriptItem)]
    items[0].script = script
    worker = SimpleNamespace(workeroutput={}, getoption=lambda name: ["bbo=ws://x"])
    pytest_plugin.pytest_collection_modifyitems(worker, items)
    assert items == []
    with pytest.raises(pytest.UsageError, match="no script has a client bbo"):
        pytest_plugin.pytest_testnodedown(worker)


@pytest.mark.parametrize("node", [SimpleNamespace(), SimpleNamespace(workeroutput={})])
def test_a_worker_without_a_usage_error_ends_without_one(node):
    pytest_plugin.pytest_testnodedown(node)


def test_another_error_has_its_traceback(chat, monkeypatch):
    def broken(path):
        raise ZeroDivisionError("a fault of ours")

    # By its name it would be looked for in its package, where an earlier run has left its own.
    monkeypatch.setattr(importlib.import_module("duologue._programs"), "load_beside", broken)
    result = chat.runpytest("chat.duo::asyncio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: a fault of ours"])


def test_a_group_of_errors_has_its_tracebacks(chat, monkeypatch):
    async def broken(script, target, timeout):
        raise ExceptionGroup("faults of ours", [ZeroDivisionError("one of them")])

    monkeypatch.setattr(importlib.import_module("duologue.scripts._player"), "play", broken)
    result = chat.runpytest("chat.duo::trio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*faults of ours*", "*ZeroDivisionError: one of them"])


# A script is a test like any other.

DATABASE = """
def connect():
    return "real"
"""
SHOP = """
import database
from duologue import Duologue, WebSocketRoute

async def endpoint(websocket):
    await websocket.accept()
    await websocket.send_text(database.connect())
    await websocket.close()

app = Duologue(routes=[WebSocketRoute("/", endpoint)])
"""
FIXTURES = """
import database, pytest

@pytest.fixture(autouse=True)
def fake(monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: "fake")
"""


@pytest.fixture
def shop(pytester):
    pytester.makepyfile(database=DATABASE, shop=SHOP, conftest=FIXTURES)
    pytester.makefile(".duo", shop='> open /\n< accept\n< "fake"\n< close 1000')
    pytester.syspathinsert()
    return pytester


def test_fixtures_that_are_used_automatically_are_set_up_for_scripts(shop):
    shop.runpytest().assert_outcomes(passed=2)


def test_fixtures_of_every_scope_are_set_up_once_for_each(shop):
    shop.makeconftest(
        FIXTURES
        + """
def make(scope):
    @pytest.fixture(scope=scope, autouse=True)
    def fixture(request):
        print(f"up {scope}")
        yield
        print(f"down {scope}")
    return fixture

session, package, module, klass = map(make, ["session", "package", "module", "class"])

@pytest.fixture(autouse=True)
def who(request):
    print(request.module.__name__, request.cls, request.node.name)
"""
    )
    result = shop.runpytest("-s", "-q")
    result.assert_outcomes(passed=2)
    told = [line.lstrip(".") for line in result.outlines if line.lstrip(".").startswith(TOLD)]
    assert told == [
        *("up session", "up package", "up module"),
        *("up class", "shop None asyncio", "down class"),
        *("up class", "shop None trio", "down class"),
        *("down module", "down package", "down session"),
    ]


TOLD = ("up ", "down ", "shop ")


def test_fixtures_can_be_named_for_all_tests(shop):
    shop.makeconftest(FIXTURES.replace("autouse=True", ""))
    shop.runpytest().assert_outcomes(failed=2)
    shop.runpytest("-o", "usefixtures=fake").assert_outcomes(passed=2)


# Each test gets its own database, whoever says that there are two.
TWO_DATABASES = {
    "a fixture": """
@pytest.fixture(autouse=True, params=["sqlite", "postgres"])
def kind(request, monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: request.param)
""",
    "what a fixture requests": """
@pytest.fixture(params=["sqlite", "postgres"])
def kind(request):
    return request.param

@pytest.fixture(autouse=True)
def connect(kind, monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: kind)
""",
    "a fixture of the session": """
@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def kind(request):
    return request.param

@pytest.fixture(autouse=True)
def connect(kind, monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: kind)
""",
    "a hook": """
@pytest.fixture(autouse=True)
def connect(kind, monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: kind)

def pytest_generate_tests(metafunc):
    assert metafunc.module.__name__ == "shop" and metafunc.module.__file__.endswith("shop.duo")
    assert metafunc.function.__name__ in ("asyncio", "trio")
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", ["sqlite", "postgres"])
""",
    "a hook, indirectly": """
@pytest.fixture(autouse=True)
def kind(request, monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: request.param)

def pytest_generate_tests(metafunc):
    metafunc.parametrize("kind", ["sqlite", "postgres"], indirect=True)
""",
    "a mark": """
@pytest.fixture(autouse=True)
def connect(kind, monkeypatch):
    monkeypatch.setattr(database, "connect", lambda: kind)

def pytest_collectstart(collector):
    if collector.name.endswith(".duo"):
        collector.add_marker(pytest.mark.parametrize("kind", ["sqlite", "postgres"]))
""",
}


@pytest.fixture
def postgres(shop):
    """A script that holds for one of two databases."""
    shop.makefile(".duo", shop='> open /\n< accept\n< "postgres"\n< close 1000')
    shop.makeconftest(f"import database, pytest\n{TWO_DATABASES['a fixture']}")
    return shop


@pytest.mark.parametrize("fixtures", TWO_DATABASES.values(), ids=TWO_DATABASES)
def test_parameters_of_fixtures_make_a_test_for_each_of_them(postgres, fixtures):
    postgres.makeconftest(f"import database, pytest\n{fixtures}")
    result = postgres.runpytest("-v")
    result.assert_outcomes(passed=2, failed=2)
    told = sorted(line.split(" ")[:2] for line in result.outlines if line.startswith("shop.duo::"))
    assert told == [
        ["shop.duo::asyncio[postgres]", "PASSED"],
        ["shop.duo::asyncio[sqlite]", "FAILED"],
        ["shop.duo::trio[postgres]", "PASSED"],
        ["shop.duo::trio[sqlite]", "FAILED"],
    ]
    result.stdout.fnmatch_lines(["*shop.duo on asyncio[[]sqlite[]]*", "*shop.duo:3: *"])


def test_parameters_can_be_chosen(postgres):
    def passed(*options):
        return postgres.runpytest(*options).parseoutcomes().get("passed")

    assert passed("shop.duo::trio[postgres]") == 1
    assert passed("shop.duo::trio") == 1
    assert passed("-k", "postgres") == 2
    assert passed("-k", "postgres and trio") == 1
    assert passed() == 2
    result = postgres.runpytest("-v", "--lf")
    result.assert_outcomes(failed=2)
    result.stdout.no_fnmatch_line("*postgres[]]*")


def test_parameters_have_ids_and_marks(postgres):
    params = 'pytest.param("a", marks=pytest.mark.skip), pytest.param("postgres", id="pg")'
    both = TWO_DATABASES["a fixture"].replace('"sqlite", "postgres"', params)
    postgres.makeconftest(f"import database, pytest\n{both}")
    result = postgres.runpytest("-v")
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines(["shop.duo::asyncio[[]a[]] SKIPPED*", "*[[]pg[]] PASSED*"])


def test_several_parameters_are_multiplied(postgres):
    more = "@pytest.fixture(autouse=True, params=[1, 2])\ndef number(request): pass"
    postgres.makeconftest(f"import database, pytest\n{TWO_DATABASES['a fixture']}\n{more}")
    result = postgres.runpytest("-v")
    result.assert_outcomes(passed=4, failed=4)
    result.stdout.fnmatch_lines(["shop.duo::trio[[]postgres-2[]] PASSED*"])


def test_a_parameter_of_the_session_is_set_up_once_for_all_scripts(postgres):
    shown = TWO_DATABASES["a fixture of the session"].replace(
        "return", "print('connected'); return"
    )
    postgres.makeconftest(f"import database, pytest\n{shown}")
    result = postgres.runpytest("-s", "-q", "--tb=no")
    assert result.stdout.str().count("connected") == 2


def test_functions_of_other_names_are_no_less_tests(shop):
    shop.makeini("[pytest]\npython_functions = check_*\n")
    shop.runpytest().assert_outcomes(passed=2)


# What else runs in the thread is not in the way of a script, nor a script in its way.

TENANT = """
import contextvars
tenant = contextvars.ContextVar("tenant", default="nobody")
"""
TENANTS = """
import tenants
from duologue import Duologue, WebSocketRoute

async def endpoint(websocket):
    await websocket.accept()
    await websocket.send_text(tenants.tenant.get())
    await websocket.close()

app = Duologue(routes=[WebSocketRoute("/", endpoint)])
"""
ASYNCHRONOUS = """
import pytest, tenants

@pytest.fixture(scope="{scope}")
def anyio_backend():
    return "{backend}"

@pytest.fixture(autouse=True, scope="{scope}")
async def database(anyio_backend):
    print("connected")
    yield
    print("disposed")

@pytest.fixture(autouse=True)
def tenant():
    token = tenants.tenant.set("ada")
    yield
    tenants.tenant.reset(token)
"""


@pytest.fixture
def tenants(pytester):
    """A script that holds where the application sees a context variable of a fixture."""
    pytester.makepyfile(tenants=TENANT, shop=TENANTS)
    pytester.makefile(".duo", shop='> open /\n< accept\n< "ada"\n< close 1000')
    pytester.syspathinsert()
    return pytester


@pytest.mark.parametrize("scope", ["function", "module", "session"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_asynchronous_fixtures_of_anyio_are_set_up_for_scripts(tenants, backend, scope):
    tenants.makeconftest(ASYNCHRONOUS.format(backend=backend, scope=scope))
    result = tenants.runpytest("-s")
    result.assert_outcomes(passed=2)
    times = 2 if scope == "function" else 1
    assert [result.stdout.str().count(word) for word in ("connected", "disposed")] == [times, times]


def test_the_backends_of_anyio_are_parameters(tenants):
    own = '@pytest.fixture(scope="function")\ndef anyio_backend():\n    return "asyncio"\n'
    fixtures = ASYNCHRONOUS.format(backend="asyncio", scope="function").replace(own, "")
    assert "def anyio_backend" not in fixtures
    tenants.makeconftest(fixtures)
    result = tenants.runpytest("-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines_random(
        ["shop.duo::asyncio[[]trio[]] PASSED*", "shop.duo::trio[[]trio[]] PASSED*"]
    )


def test_asynchronous_fixtures_of_pytest_asyncio_are_set_up_for_scripts(tenants, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-W ignore")
    fixtures = ASYNCHRONOUS.format(backend="asyncio", scope="function")
    fixtures = fixtures.replace("async def database(anyio_backend)", "async def database()")
    tenants.makeconftest(fixtures)
    result = tenants.runpytest_subprocess("-s", "-o", "asyncio_mode=auto")
    result.assert_outcomes(passed=2)
    assert [result.stdout.str().count(word) for word in ("connected", "disposed")] == [2, 2]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_scripts_are_played_where_an_event_loop_runs(chat, backend):
    async def notebook():
        return chat.runpytest()

    anyio.run(notebook, backend=backend).assert_outcomes(passed=2)


def test_a_failure_where_an_event_loop_runs_is_told_without_a_traceback(chat):
    async def notebook():
        return chat.runpytest()

    chat.makefile(".duo", chat=SCRIPT.replace('["hello"]', '["bye"]'))
    result = anyio.run(notebook)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*chat.duo:4: the server sent something else"])
    result.stdout.no_fnmatch_line("*_event_loop.py*")


def test_sniffio_need_not_be_installed(chat, monkeypatch):
    monkeypatch.setitem(sys.modules, "sniffio", None)
    chat.runpytest("chat.duo::asyncio").assert_outcomes(passed=1)


PRESSED = """
import anyio, signal, threading
from duologue import Duologue, WebSocketRoute

async def endpoint(websocket):
    await websocket.accept()
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    try:
        await anyio.sleep_forever()
    finally:
        print("cancelled")

app = Duologue(routes=[WebSocketRoute("/", endpoint)])
"""


@pytest.fixture
def pressed(pytester):
    """An application that waits without an end, and somebody who presses Ctrl-C then."""
    pytester.makepyfile(chat=PRESSED)
    pytester.makefile(".duo", chat="> open /\n< accept\n< any\n> close")
    return pytester


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ctrl_c_ends_the_run(pressed, backend):
    result = pressed.runpytest(f"chat.duo::{backend}", no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert result.parseoutcomes() == {}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ctrl_c_ends_a_play_in_a_thread_of_its_own(pressed, backend):
    async def notebook():
        return pressed.runpytest(f"chat.duo::{backend}", "-s", no_reraise_ctrlc=True)

    loop = asyncio.new_event_loop()
    result = loop.run_until_complete(notebook())
    loop.close()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert result.parseoutcomes() == {}
    result.stdout.fnmatch_lines(["*cancelled"])


def test_scripts_are_chosen_by_their_names(shop):
    shop.makepyfile(other=SHOP)
    shop.makefile(".duo", other='> open /\n< accept\n< "fake"\n< close 1000')
    shop.runpytest("-k", "shop and trio").assert_outcomes(passed=1, deselected=3)
    shop.runpytest("shop.duo::asyncio").assert_outcomes(passed=1)


def test_scripts_can_be_marked(shop):
    shop.makeconftest(
        FIXTURES
        + """
def pytest_collection_modifyitems(items):
    for item in items:
        if item.name == "trio":
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xfail(strict=True))
"""
    )
    shop.makeini("[pytest]\nmarkers = slow\n")
    shop.runpytest().assert_outcomes(passed=1, failed=1)
    shop.runpytest("-m", "not slow").assert_outcomes(passed=1, deselected=1)


def test_those_that_failed_last_are_played_again(shop):
    shop.makepyfile(other=SHOP)
    shop.makefile(".duo", other='> open /\n< accept\n< "real"\n< close 1000')
    shop.runpytest().assert_outcomes(passed=2, failed=2)
    result = shop.runpytest("-v", "--lf")
    result.assert_outcomes(failed=2)
    result.stdout.no_fnmatch_line("*shop.duo*")


def test_other_files_are_left_alone(pytester):
    pytester.makepyfile("def test_one(): pass")
    pytester.makefile(".txt", chat=SCRIPT)
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_run_without_scripts_loads_no_event_loop(pytester):
    code = "import sys, duologue.scripts.pytest_plugin; print('anyio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
