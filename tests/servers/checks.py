"""What each server has to pass: the tests that every file of this folder has."""

import importlib.metadata
import json
import os
import socket
import subprocess

import anyio
import pytest
from features import FEATURES
from needs import needs
from patience import PROCESS
from rough_client import Client, Closed
from variants import ROOT
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from docs_tools import node
from docs_tools.project.conformance import read_features
from docs_tools.project.snippets import TALK_ON_ASYNCIO, snippets
from duologue.scripts import ScriptFailure, load, play

NORMS = read_features()
SNIPPETS = [snippet for snippet in snippets() if snippet.script.is_file()]
UNABLE = {
    "hypercorn-trio": TALK_ON_ASYNCIO,
    "anycorn-trio": TALK_ON_ASYNCIO,
    # Quart reads the scheme of the scope, which daphne does not give. Sanic waits for a startup.
    "daphne": {"others/in_quart", "others/in_sanic"},
    # Quart sends a denial in a way that granian does not take.
    "granian": {"others/in_quart"},
}
"""What applications of other frameworks cannot do on a server, for reasons of the two."""
COMPRESSING = {"anycorn", "hypercorn", "uvicorn"}
"""The servers that compress messages, as the how-to guide on compression says."""
LARGE_WINDOWS = {"uvicorn-websockets", "uvicorn-wsproto"} | {
    f"{server}-{loop}" for server in ("anycorn", "hypercorn") for loop in ("asyncio", "trio")
}
"""Where zlib looks back as far as it can, which takes most memory, as the same page says."""
ENDED_BY_CLIENTS = {"terminated", "closed_at_sigterm"}
"""What differs where a server waits for its clients: what is written down is from Python 3.11."""
WRITES = os.environ.get("CONFORMANCE") == "write"


@pytest.mark.parametrize("name", FEATURES)
def test_feature(name, server, results):
    seen = FEATURES[name](server)
    if WRITES:
        results["seen"][name] = seen
    waits = server.variant.waits_for_clients and name in ENDED_BY_CLIENTS
    assert seen == ("waits" if waits else results["seen"][name]), (
        "The server does something else than last time. If that is as it should be, "
        "`make conformance` writes it down, and conformance/differences.toml says why."
    )


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
async def test_script(snippet, server, results):
    script = load(snippet.script)
    lines = {
        number
        for name, numbers in needs(script, snippet.program.read_text(encoding="utf-8")).items()
        if results["seen"][name] != NORMS[name]
        for number in numbers
    }
    if snippet.name in UNABLE.get(server.variant.name, ()):
        lines = {line.number for line in script.lines}
    target = f"{server.url}/live/{snippet.name}"
    with anyio.fail_after(2 * PROCESS):
        if not lines:
            await play(script, target, timeout=PROCESS)
            return
        # The script needs what this server lacks: it fails there, and nowhere else.
        with pytest.raises(ScriptFailure) as caught:
            await play(script, target, timeout=PROCESS)
    assert caught.value.line is not None, str(caught.value)
    assert caught.value.line.number in lines, str(caught.value)


def test_compression(server):
    """What the server accepts of the compression that a client offers."""
    with connect(f"{server.url}/live/websockets/echo/ws", open_timeout=PROCESS) as client:
        windows = [each.local_max_window_bits for each in client.protocol.extensions]
    bits = 15 if server.variant.name in LARGE_WINDOWS else 12
    assert windows == ([bits] if server.variant.server in COMPRESSING else [])


def test_node(server, results):
    """What the `ws` of Node sees is what the Python clients see."""
    seen = results["seen"]
    ended = subprocess.run(
        [*node.node(), "tests/servers/node_client.mjs", server.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PROCESS,
        check=False,
    )
    assert ended.stderr == ""
    told = json.loads(ended.stdout)
    assert told["echo"]["messages"] == ["Grüße, 你好", [0, 255], "x" * 100_000]
    assert told["echo"]["end"][0] == (4002 if seen["close_answered"] == "4000" else 1000)
    assert told["greeting"]["subprotocol"] == "chat.v2"
    assert told["greeting"]["end"] == [4001, "bye" if seen["reason_sent"] == "yes" else ""]
    assert told["denial"]["status"] == int(seen["denial"])
    assert told["closed"]["status"] == int(seen["close_before_accept"])


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/spans/" + "-" * 1_030 + "/", "localhost"),
        ("/spans/" + "1" * 1_030 + "x", "localhost"),
        ("/spans/x", "a." * 515 + "example.com.x"),
    ],
)
def test_hostile_path(path, host, server, results):
    """No path and no host keeps the server busy: all others are answered meanwhile."""
    address = socket.create_connection(("127.0.0.1", server.port))
    with address, pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{host}{path}", sock=address, open_timeout=PROCESS)
    assert refused.value.response.status_code == (
        404 if results["seen"]["denial"] == "401" else 403
    )
    with Client(f"{server.url}/spans/1-2-3-4-5") as client:
        assert json.loads(client.receive()) == {"a": "1-2", "b": "3", "c": "4", "d": "5"}
        assert client.receive() == Closed(1000)  # not closed by both at once: see Probe.record


def test_version(variant, results):
    """What is written down was seen of the version that is installed."""
    assert results["version"] == importlib.metadata.version(variant.server)
