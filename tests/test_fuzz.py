"""The fuzz finds the faults that it is there for: here they are planted."""

import logging
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from patience import PROCESS

from duologue.middleware import boundary
from duologue.websockets import WebSocket
from fuzz.conversations import BACKENDS, play_all

ROOT = Path(__file__).parent.parent
SEEDS = [str(number) for number in range(400)]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """The conversations log what goes wrong in them."""
    monkeypatch.setattr(logging.getLogger("duologue"), "propagate", False)


def play(backend="asyncio"):
    count, faults = anyio.run(play_all, SEEDS, **BACKENDS[backend])
    assert count == len(SEEDS)
    return " ".join(words for found in faults.values() for words in found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_found_where_nothing_is_wrong(backend):
    assert play(backend) == ""


def test_an_end_that_is_left_out_is_found(monkeypatch):
    async def leave_open(websocket, *_):
        pass

    monkeypatch.setattr(boundary, "_end_open", leave_open)
    assert "0 ends" in play()


def test_a_message_that_is_lost_is_found(monkeypatch):
    send_text = WebSocket.send_text
    sent = []

    async def lose(websocket, data):
        sent.append(data)
        if len(sent) % 5:
            await send_text(websocket, data)

    monkeypatch.setattr(WebSocket, "send_text", lose)
    assert "messages were lost" in play()


def test_a_message_that_is_sent_twice_is_found(monkeypatch):
    send_text = WebSocket.send_text

    async def send_twice(websocket, data):
        await send_text(websocket, data)
        await send_text(websocket, data)

    monkeypatch.setattr(WebSocket, "send_text", send_twice)
    assert "sent twice" in play()


def test_another_code_than_the_one_that_was_given_is_found(monkeypatch):
    close = WebSocket.close

    async def close_otherwise(websocket, code=1000, reason=None):
        await close(websocket, 4999 if code == 4000 else code, reason)

    monkeypatch.setattr(WebSocket, "close", close_otherwise)
    assert "closed with 4000, but the client got [4999]" in play()


def test_the_command_goes_on_for_a_while_or_does_so_many_and_tells_of_unknown_targets():
    def run(*words):
        command = [sys.executable, "-m", "fuzz", *words]
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PROCESS, check=False
        )

    fed = run("origins", "--seconds", "1")
    assert fed.returncode == 0, fed.stdout
    assert "nothing found" in fed.stdout
    done = run("conversations", "origins", "--runs", "3")
    assert done.returncode == 0, done.stdout
    *played, tried = done.stdout.splitlines()
    assert [line.partition(": ")[2] for line in played] == ["3 played, 0 with faults"] * 3
    assert tried.endswith("tried, nothing found")
    assert "there is no nonsense" in run("nonsense").stderr
    assert "1 played, 0 with faults" in run("--only", "1-7").stdout
