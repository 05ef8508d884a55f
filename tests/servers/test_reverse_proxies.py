"""The guides "nginx" and "Caddy": their configuration, in a real proxy in front of real servers."""

import contextlib
import signal

import pytest
from patience import MOMENT
from proxies import HOST, caddy, change, nginx
from running_server import serve
from websockets.exceptions import ConnectionClosed

from docs_src.how_to import behind_proxy
from duologue import Duologue, Mount, WebSocketRoute
from duologue.responses import PlainTextResponse


async def goodbye(websocket):
    await websocket.accept()
    await websocket.close(1012, "restart")


async def silent(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


def port(url):
    return url.rpartition(":")[2]


server = Duologue(
    [
        WebSocketRoute("/goodbye", goodbye),
        WebSocketRoute("/silent", silent),
        Mount("", app=behind_proxy.app),
    ]
)
shutting_down = PlainTextResponse("This server is shutting down.", 503)


@pytest.fixture(scope="module")
def ports():
    """A server, and one that takes no client any more."""
    with serve(server, ws_ping_interval=None) as one, serve(shutting_down) as other:
        yield port(one), port(other)


def learn(proxy):
    """Let Caddy meet the server that is shutting down: it passes one 503 on, and asks it no more.

    Of two servers without connections it takes any.
    """
    while proxy.answer() != 503:
        pass


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(request, tmp_path_factory, ports):
    with request.param(tmp_path_factory.mktemp("proxy"), ports) as running:
        if request.param is caddy:
            learn(running)
        yield running


def test_the_application_knows_the_client_and_its_url(proxy):
    with proxy.connect("/ws?page=1") as client:
        told = client.recv(MOMENT)
        assert told == f'{{"client":"127.0.0.2","url":"wss://{HOST}:{proxy.port}/ws?page=1"}}'
        client.send("hello")
        assert client.recv(MOMENT) == "hello"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "6.6.6.6"},
        {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"},
        {"X-Forwarded-Host": "evil.example", "Forwarded": "for=6.6.6.6;proto=http"},
    ],
)
def test_a_client_cannot_say_that_it_is_another_one(proxy, headers):
    with proxy.connect(headers=headers) as client:
        told = client.recv(MOMENT)
        assert told == f'{{"client":"127.0.0.2","url":"wss://{HOST}:{proxy.port}/ws"}}'


@pytest.mark.parametrize("origin", ["https://evil.example", f"http://{HOST}"])
def test_pages_of_others_are_denied(proxy, origin):
    assert proxy.answer(origin) == 403


def test_a_close_goes_through_with_its_reason(proxy):
    with proxy.connect("/goodbye") as client:
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(MOMENT)
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "restart")


def test_clients_go_where_they_are_accepted(proxy):
    with contextlib.ExitStack() as clients:
        for _ in range(6):
            assert clients.enter_context(proxy.connect()).recv(MOMENT)


SECOND = {"proxy_read_timeout 60s": "proxy_read_timeout 1s"}


def test_nginx_drops_a_connection_on_which_the_server_sends_nothing(tmp_path, ports):
    with (
        nginx(tmp_path, ports, SECOND) as proxy,
        proxy.connect("/silent") as client,
        pytest.raises(ConnectionClosed) as closed,
    ):
        client.recv(MOMENT)
    assert closed.value.rcvd is None


def test_nginx_keeps_a_connection_on_which_the_server_sends_pings(tmp_path, ports):
    with (
        serve(server, ws_ping_interval=0.2) as lively,
        nginx(tmp_path, (port(lively), ports[1]), SECOND) as proxy,
        proxy.connect("/silent") as client,
    ):
        with pytest.raises(TimeoutError):
            client.recv(2)  # nothing comes, and nothing ends
        client.send("hello")
        assert client.recv(MOMENT) == "hello"


def test_nginx_keeps_connections_when_it_reads_its_configuration_again(tmp_path, ports):
    with nginx(tmp_path, ports) as proxy, proxy.connect() as client:
        assert client.recv(MOMENT)
        site = tmp_path / "site.conf"
        site.write_text(change(site.read_text("utf-8"), {"least_conn;": ""}), "utf-8")
        proxy.process.send_signal(signal.SIGHUP)
        with proxy.connect() as another:
            assert another.recv(MOMENT)
        client.send("hello")
        assert client.recv(MOMENT) == "hello"
