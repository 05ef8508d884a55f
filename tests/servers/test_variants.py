"""The processes of the servers: they start, they say what is wrong, and nothing is left of them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest
from patience import MOMENT, PROCESS
from rough_client import Client
from variants import HOST, VARIANTS, serving

ECHO = """
from duologue.websockets import WebSocket

async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(os.environ["GREETING"])
    await websocket.close()

import os
"""


def test_an_application_of_ones_own(tmp_path):
    (tmp_path / "own.py").write_text(ECHO)
    variant = VARIANTS["uvicorn-wsproto"]
    with serving(variant, "own:app", tmp_path, GREETING="hello") as server:
        with Client(f"{server.url}/") as client:
            assert client.receive() == "hello"
        assert any(variant.ready in line for line in server.log)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, server.port))


@pytest.mark.parametrize("name", ["daphne", "uvicorn-wsproto"])
def test_a_server_that_does_not_start_says_why(tmp_path, name):
    (tmp_path / "broken.py").write_text("raise ValueError('broken on purpose')")
    with (
        pytest.raises(RuntimeError, match=f"(?s){name} does not listen:.*broken on purpose"),
        serving(VARIANTS[name], "broken:app", tmp_path),
    ):
        raise AssertionError


def wait_until_nobody_listens(port):
    """Wait for the end of what has been killed but is not waited for: it takes its time."""
    with pytest.raises(ConnectionRefusedError):
        while True:
            with contextlib.suppress(ConnectionResetError):
                socket.create_connection((HOST, port), MOMENT).close()


@pytest.mark.parametrize("name", ["gunicorn", "granian", "hypercorn-trio"])
def test_children_are_stopped_too(name):
    with serving(VARIANTS[name], "behaviours:app") as server:
        pass
    wait_until_nobody_listens(server.port)  # they listen as well


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie processes to another one")
def test_a_server_does_not_outlive_a_killed_test_run():
    program = (
        "import os, signal\n"
        "from variants import *\n"
        "with serving(VARIANTS['uvicorn-wsproto'], 'behaviours:app') as server:\n"
        "    print(server.port, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=PROCESS,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    wait_until_nobody_listens(int(ended.stdout))
