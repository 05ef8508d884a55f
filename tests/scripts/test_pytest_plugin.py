import subprocess
import sys

import pytest
from chat_example import PROGRAM, SCRIPT
from running_server import serve

from duologue.websockets import WebSocket

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _clean_path(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


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
            "*chat.duo:4: the server said something else",
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
    result.stdout.fnmatch_lines(["*chat.duo:5: the server said nothing for 0.2 s"])


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
    result.stdout.fnmatch_lines(["'http://x' is no URL of a WebSocket server*"])


def test_another_error_has_its_traceback(chat, monkeypatch):
    def broken(path):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("duologue.scripts.apps.load_beside", broken)
    result = chat.runpytest("chat.duo::asyncio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: a fault of ours"])


def test_other_files_are_left_alone(pytester):
    pytester.makepyfile("def test_one(): pass")
    pytester.makefile(".txt", chat=SCRIPT)
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_run_without_scripts_loads_no_event_loop(pytester):
    code = "import sys, duologue.scripts.pytest_plugin; print('anyio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
