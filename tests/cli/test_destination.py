"""What one tells the command of a server: tried with real ones."""

import os
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme
from patience import MOMENT
from running_server import serve

from duologue.websockets import WebSocket

SCRIPT = "> open /\n< accept\n< {}\n< close 1000\n"
HELLO = SCRIPT.format('"hello"')


async def hello(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


async def mirror(scope, receive, send):
    """Tells what it is presented."""
    websocket = WebSocket(scope, receive, send)
    if scope["type"] == "websocket":
        await websocket.accept(next(iter(scope["subprotocols"]), None))
        await websocket.send_json([websocket.headers.get("x-name"), scope["subprotocols"]])
        await websocket.close()


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("chat.duo").write_text(HELLO)


PASSES = (0, "passes chat.duo\n1 script passes\n", "")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An authority, what it has certified, and another authority."""
    folder = tmp_path_factory.mktemp("tls")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    other.cert_pem.write_to_path(folder / "other.pem")
    for name in ("127.0.0.1", "ada@example.org"):
        issued = authority.issue_cert(name)
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
        for number, blob in enumerate(issued.cert_chain_pems):
            blob.write_to_path(folder / f"{name}.pem", append=number > 0)
        issued.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.both")
    return folder


@pytest.fixture(scope="module")
def secure(files):
    with serve(
        hello, ssl_keyfile=files / "127.0.0.1.key", ssl_certfile=files / "127.0.0.1.pem"
    ) as url:
        yield url


@pytest.fixture(scope="module")
def mutual(files):
    """A server that asks for the certificate of the client."""
    with serve(
        hello,
        ssl_keyfile=files / "127.0.0.1.key",
        ssl_certfile=files / "127.0.0.1.pem",
        ssl_ca_certs=str(files / "ca.pem"),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    ) as url:
        yield url


@pytest.fixture
def play(run, anyio_backend_name):
    def play(*arguments):
        return run("play", "chat.duo", "--backend", anyio_backend_name, *map(str, arguments))

    return play


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend_name(request):
    return request.param


def test_an_authority_can_be_trusted(play, secure, files):
    assert play("--url", secure, "--cacert", files / "ca.pem") == PASSES


@pytest.mark.parametrize("other", [True, False])
def test_others_are_not_trusted(play, secure, files, other):
    status, shown, complaint = play(
        "--url", secure, *(["--cacert", files / "other.pem"] if other else [])
    )
    assert (status, shown) == (2, "")
    assert complaint == (
        f"duologue: cannot connect to {secure}: its certificate is not trusted "
        "(unable to get local issuer certificate)\n"
    )


def test_whoever_answers_can_be_trusted_and_that_is_said_each_time(play, secure):
    for _ in range(2):
        status, shown, complaint = play("--url", secure, "--insecure")
        assert (status, shown) == PASSES[:2]
        assert complaint == "duologue: --insecure: the server's certificate is not verified\n"


@pytest.mark.parametrize(
    "presented",
    [
        ["--cert", "ada@example.org.pem", "--key", "ada@example.org.key"],
        ["--cert", "ada@example.org.both"],
    ],
)
def test_a_certificate_can_be_presented(play, mutual, files, presented):
    options = [files / word if word[0] != "-" else word for word in presented]
    assert play("--url", mutual, "--cacert", files / "ca.pem", *options) == PASSES


def test_a_server_that_misses_a_certificate_and_does_not_say_so(play, mutual, files):
    status, shown, _ = play("--url", mutual, "--cacert", files / "ca.pem")
    assert status == 1
    assert "got       < no answer: the connection was lost\n" in shown


def test_a_server_that_misses_a_certificate_and_says_so(play, files):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files / "ca.pem")
    context.load_cert_chain(files / "127.0.0.1.pem", files / "127.0.0.1.key")
    context.verify_mode = ssl.CERT_REQUIRED

    def refuse():
        connection, _ = listener.accept()
        with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
            context.wrap_socket(connection.dup(), server_side=True)
        with connection:
            while connection.recv(1024):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        refused = threads.submit(refuse)
        url = f"wss://127.0.0.1:{listener.getsockname()[1]}"
        status, shown, complaint = play("--url", url, "--cacert", files / "ca.pem")
        refused.result(MOMENT)
    assert (status, shown) == (2, "")
    assert complaint == ("duologue: no answer: TLS failed (TLSV13_ALERT_CERTIFICATE_REQUIRED)\n")


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_behind_a_socket(play, files, tls):
    options, trusted = {}, []
    if tls:
        options = {
            "ssl_keyfile": files / "127.0.0.1.key",
            "ssl_certfile": files / "127.0.0.1.pem",
        }
        trusted = ["--cacert", files / "ca.pem"]
    with serve(hello, uds="s.sock", **options) as url:
        assert play("--url", url, "--unix-socket", "s.sock", *trusted) == PASSES


def test_a_socket_that_is_not_there_is_told(play):
    status, shown, complaint = play("--url", "ws://shop", "--unix-socket", "s.sock")
    assert (status, shown) == (2, "")
    assert complaint == (
        "duologue: cannot connect to ws://shop:80 through s.sock: there is no such socket\n"
    )


def test_something_can_be_presented_in_every_handshake(play):
    Path("chat.duo").write_text(
        '> open /\n< accept a\n< ["ada", ["a", "b"]]\n< close 1000\n'
        "> open /\n    x-name: bob\n    subprotocols: c\n"
        '< accept c\n< ["bob", ["c"]]\n< close 1000\n'
    )
    presented = ["-H", "X-Name: ada", "-s", "a", "-s", "b"]
    with serve(mirror) as url:
        assert play("--url", url, *presented) == PASSES
    Path("mirror_app.py").write_text(f"from {__name__} import mirror as app")
    assert play("--app", "mirror_app:app", *presented) == PASSES
    sys.modules.pop("mirror_app")


OR_ONE = "or one without a name for all others"
TWO = """\
ada> open /
ada< accept
bob> open /
bob< accept
ada< "hello"
ada< close 1000
bob< ["bob", []]
bob< close 1000
"""


@pytest.fixture(scope="module")
def servers():
    """Two servers that say different things."""
    with serve(hello) as one, serve(mirror) as other:
        yield one, other


def test_each_client_can_have_a_server_of_its_own(play, servers):
    Path("chat.duo").write_text(TWO)
    names = ("-H", "x-name: bob")
    one, other = servers
    assert play("--url", f"ada={one}", "--url", f"bob={other}", *names) == PASSES
    assert play("--url", one, "--url", f"bob={other}", *names) == PASSES
    assert play("--url", f"ada={other}", "--url", one)[0] == 1


@pytest.mark.parametrize(
    ("urls", "message"),
    [
        (
            ["ada=ws://x"],
            f"chat.duo: the client bob has no URL: add --url bob=ws://127.0.0.1:8000, {OR_ONE}",
        ),
        (
            ["ada=ws://x", "ada=ws://y"],
            "--url: the client ada has two URLs: leave one away",
        ),
        (
            ["ws://x", "ws://y"],
            "--url: two URLs for all clients: say who has the second one, as in ada=ws://y",
        ),
        (
            ["a b=ws://x"],
            "--url: 'a b' is not a name for a client: letters, digits and _ make one",
        ),
        (
            ["bob=http://x"],
            "'http://x' is not the URL of a WebSocket server: write ws://x",
        ),
    ],
)
def test_a_wrong_url_of_a_client_is_told_in_a_line(run, urls, message):
    Path("chat.duo").write_text(TWO)
    given = [word for url in urls for word in ("--url", url)]
    assert run("play", "chat.duo", *given) == (2, "", f"duologue: {message}\n")


def test_a_client_without_a_name_needs_a_url_without_one(run):
    assert run("play", "chat.duo", "--url", "bob=ws://x")[2].splitlines() == [
        "duologue: chat.duo: a client without a name has no URL: add --url ws://127.0.0.1:8000",
        "duologue: --url bob=…: no script has a client bob; none of them has a name",
    ]


def test_a_url_for_a_client_that_is_in_no_script_is_told(run, servers):
    Path("chat.duo").write_text('ada> open /\nada< accept\nada< "hello"\nada< close 1000\n')
    status, shown, complaint = run("play", "chat.duo", "--url", servers[0], "--url", "bbo=ws://x")
    assert (status, shown) == (2, PASSES[1])
    assert complaint == "duologue: --url bbo=…: no script has a client bbo; there are ada\n"


def test_who_is_trusted_whoever_it_is_is_told_once(run, secure):
    status, _, complaint = run(
        "play", "chat.duo", "--url", secure, "--url", f"bob={secure}", "--insecure"
    )
    assert status == 2
    assert complaint.count("--insecure: the server's certificate is not verified") == 1


def test_what_is_recorded_can_be_played_again(run, secure, files, monkeypatch):
    trusted = ("--cacert", str(files / "ca.pem"))
    reading, writing = os.pipe()  # and nobody writes
    with os.fdopen(reading) as silence, os.fdopen(writing, "w"):
        monkeypatch.setattr(sys, "stdin", silence)
        status, shown, said = run("record", f"{secure}/", "-o", "new.duo", *trusted)
    assert (status, shown) == (0, HELLO)
    command = said.partition("To play it back: duologue ")[2].split()
    assert command == ["play", "new.duo", "--url", secure, *trusted]
    assert run(*command)[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cacert", "ca.pem"], "--cacert goes with --url: in process there is no connection"),
        (["--unix-socket", "s"], "--unix-socket goes with --url: in process there is no conn"),
        (["--url", "ws://x", "-k"], "--insecure goes with a wss:// URL: ws://x is not encrypted"),
        (["--url", "wss://x", "--key", "a"], "--key goes with --cert, which it is the key of"),
        (["--url", "wss://x", "--cacert", "no.pem"], "cannot read no.pem: No such file or dir"),
        (["--url", "wss://x", "--cert", "no.pem"], "cannot read no.pem: No such file or directory"),
        (
            ["--url", "wss://x", "--cert", "chat.duo", "--key", "no.key"],
            "cannot read no.key: No such file or directory",
        ),
        (["--url", "wss://x", "--cacert", "chat.duo"], "cannot use chat.duo: no certificate or"),
        (["--url", "wss://x", "--cert", "chat.duo"], "cannot use chat.duo: "),
        (
            ["--url", "ws://x", "--url", "bob=ws://x", "--unix-socket", "s"],
            "--unix-socket goes with one --url: it leads every client to one server",
        ),
        (["--url", "ws://x", "-H", "no header"], "no header: expected a header, `name: value`"),
    ],
)
def test_wrong_use_is_told_in_a_line(run, options, message):
    status, shown, complaint = run("play", "chat.duo", *options)
    assert (status, shown) == (2, "")
    assert complaint.startswith(f"duologue: {message}")
    assert complaint.count("\n") == 1
