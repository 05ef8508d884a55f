"""What servers write into the scope in ways of their own is the same for an application."""

import contextlib
import json
import socket
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from patience import PROCESS
from variants import VARIANTS, Server, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync import client

from duologue.scripts import parse, play

HERE = Path(__file__).parent
TCP = "--host 127.0.0.1 --port {port}"
# How each is told to listen at a unix socket, in place of an address.
SOCKETS = {
    "uvicorn": (TCP, "--uds {path}"),
    "hypercorn": ("--bind 127.0.0.1:{port}", "--bind unix:{path}"),
    "anycorn": ("--bind 127.0.0.1:{port}", "--bind unix:{path}"),
    "granian": (TCP, "--uds {path}"),
    "gunicorn": ("-b 127.0.0.1:{port}", "-b unix:{path}"),
    "daphne": ("-b 127.0.0.1 -p {port}", "-u {path}"),
}
# How each is told that a proxy takes the start of the path away.
ROOTS = {"granian": "--url-path-prefix /api"}


class UnixServer(Server):
    """A server that listens at a unix socket."""

    def __init__(self, variant, path):
        self.path = path
        where, socket_path = SOCKETS[variant.server]
        command = variant.command.replace(where, socket_path.format(path=path))
        assert command != variant.command
        super().__init__(replace(variant, command=command, ready=""), "where:one_each", HERE, {})

    def _accepts(self):
        while not self._ended.wait(0.01):
            with (
                contextlib.suppress(ConnectionError, FileNotFoundError),
                socket.socket(socket.AF_UNIX) as client,
            ):
                client.connect(str(self.path))
                return True
        return False


connect = partial(client.connect, open_timeout=PROCESS)
unix_connect = partial(client.unix_connect, open_timeout=PROCESS)


def told(connection):
    return json.loads(connection.recv(PROCESS))


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_clients_of_a_unix_socket_have_no_address_and_do_not_count_as_one(variant):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        server = UnixServer(variant, path)
        try:
            with (
                unix_connect(str(path), uri="ws://localhost/plain") as one,
                unix_connect(str(path), uri="ws://localhost/plain") as other,
            ):
                assert [told(one)["client"], told(other)["client"]] == [None, None]
        finally:
            server.stop()


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=VARIANTS)
def where(request):
    with serving(request.param, "where:app") as server:
        yield server


async def test_an_international_host_is_the_one_that_the_browser_has_sent(where):
    script = parse(
        """\
> open /host
    host: xn--bcher-kva.example
    origin: http://xn--bcher-kva.example
< accept
< "xn--bcher-kva.example"
< close 1000
"""
    )
    await play(script, where.url, timeout=PROCESS)


def test_half_of_a_surrogate_pair_comes_back_as_json_has_it(where):
    with connect(where.url + "/json") as connection:
        for said in (r'{"\ud83d":"\ude00"}', '"é"', r'"\ud800"'):
            connection.send(said)
            assert connection.recv(PROCESS) == said


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "[Infinity]"])
def test_a_number_that_could_not_be_sent_back_ends_the_conversation(where, number):
    with connect(where.url + "/json") as connection:
        connection.send(number)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(PROCESS)
        assert closed.value.rcvd.code == 1007


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_below_a_path_that_a_proxy_takes_away(variant):
    option = ROOTS.get(variant.server, "--root-path /api")
    command = variant.command.replace("{app}", f"{option} {{app}}")
    server = Server(replace(variant, command=command), "where:app", HERE, {})
    try:
        for path in ("/plain", "/inner/deep"):
            with connect(server.url + path) as connection:
                seen = told(connection)
                port = connection.socket.getsockname()[1]
            assert seen == {
                "client": ["127.0.0.1", port],
                "path": f"/api{path}",
                "url": f"/api{path}",
                "scheme": "ws",
                "there": "/api/inner/deep",
            }
    finally:
        server.stop()
