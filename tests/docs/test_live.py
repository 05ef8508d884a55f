import anyio
import pytest
from patience import MOMENT

from docs_tools.live import Live, load, strip
from docs_tools.snippets import Snippet


@pytest.fixture(scope="module")
def live():
    return Live()


async def connect(live, path, **scope):
    """Open a connection and hear the first answer; the client then goes away."""
    sent, received = [], [{"type": "websocket.connect"}]

    async def receive():
        return received.pop(0) if received else {"type": "websocket.disconnect", "code": 1001}

    async def send(message):
        sent.append(message)

    with anyio.fail_after(MOMENT):
        scope = {"type": "websocket", "path": path, "headers": [], **scope}
        await live(scope, receive, send)
    return sent


async def test_a_snippet_is_reached_by_its_name(live):
    sent = await connect(live, "/live/websockets/echo/ws", subprotocols=[])
    assert sent[0]["type"] == "websocket.accept"


async def test_a_snippet_sees_its_own_path(live, monkeypatch):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)

    monkeypatch.setitem(live.apps, "websockets/echo", app)
    outer = {"raw_path": b"/live/websockets/echo/a%20b", "root_path": "/outer"}
    await connect(live, "/live/websockets/echo/a b", **outer)
    await connect(live, "/live/websockets/echo")
    seen = [(scope["path"], scope.get("raw_path"), scope["root_path"]) for scope in scopes]
    assert seen == [("/a b", b"/a%20b", ""), ("", None, "")]


@pytest.mark.parametrize("path", ["/live/websockets/nothing/ws", "/live/", "/ws", "/live/echo"])
async def test_other_paths_are_refused(live, path):
    assert await connect(live, path) == [{"type": "websocket.close", "code": 1000, "reason": ""}]


def test_a_raw_path_may_be_missing():
    assert strip(None, "a/b") is None
    assert strip(b"/live/a/b/c", "a/b") == b"/c"


def test_a_program_without_an_app_is_named(tmp_path, monkeypatch):
    (tmp_path / "docs_src" / "page").mkdir(parents=True)
    (tmp_path / "docs_src" / "page" / "bare.py").write_text("")
    snippet = Snippet("page/bare", tmp_path)
    monkeypatch.setattr("importlib.import_module", lambda name: object())
    with pytest.raises(ValueError, match=r"bare\.py has no `app`"):
        load(snippet)
