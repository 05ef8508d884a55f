"""The programs of the how-to guides: what their scripts cannot show."""

import asyncio
import importlib
import json
import zlib
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from patience import MOMENT

from duologue.applications import Duologue
from duologue.routing import WebSocketRoute
from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocketDisconnect


def program(name):
    return importlib.import_module(f"docs_src.how_to.{name}")


@asynccontextmanager
async def connected(app, path):
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect(path) as websocket:
            yield websocket


@pytest.mark.parametrize(
    ("method", "body", "status", "pushed"),
    [
        ("POST", {"status": "sent"}, 202, {"status": "sent"}),
        ("DELETE", None, 204, {"status": "cancelled"}),  # this endpoint runs in a thread
    ],
)
async def test_an_http_endpoint_pushes_to_those_who_watch(method, body, status, pushed):
    app = program("push").app
    async with connected(app, "/watch/7") as websocket:
        assert await websocket.receive_json() == {"watching": 7}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            assert (await http.request(method, "/orders/8", json=body)).status_code == status
            assert (await http.request(method, "/orders/7", json=body)).status_code == status
        assert await websocket.receive_json() == pushed


async def test_a_job_is_cancelled_when_the_client_disconnects(monkeypatch):
    jobs, cancelled = program("background"), anyio.Event()

    async def convert(websocket, name, running):
        try:
            await websocket.send_text("running")
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    monkeypatch.setattr(jobs, "convert", convert)
    async with connected(jobs.app, "/jobs") as websocket:
        await websocket.send_json({"start": "long"})
        assert await websocket.receive_text() == "running"
        await websocket.close()
        await cancelled.wait()


async def test_mail_is_sent_after_the_connection_is_closed(monkeypatch):
    registration, may_be_sent, sent = program("after_close"), anyio.Event(), []

    async def send_mail(address):
        await may_be_sent.wait()
        sent.append(address)

    monkeypatch.setattr(registration, "send_mail", send_mail)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(registration.app) as client:
            async with client.websocket_connect("/register") as websocket:
                await websocket.send_text("ada@example.com")
                with pytest.raises(WebSocketDisconnect, match="1000"):
                    await websocket.receive_text()
            assert sent == []
            may_be_sent.set()
    assert sent == ["ada@example.com"]


async def test_mail_is_sent_and_nothing_is_logged(monkeypatch, caplog):
    registration = program("after_close")
    monkeypatch.setattr(registration, "sent", sent := [])
    await registration.send_mail("ada@example.com")
    assert sent == ["ada@example.com"]
    assert caplog.text == ""


async def test_mail_that_fails_is_logged_and_ends_nothing_else(monkeypatch, caplog):
    registration = program("after_close")
    monkeypatch.setattr(registration, "sent", None)
    async with connected(registration.app, "/register") as websocket:
        await websocket.send_text("ada@example.com")
        with pytest.raises(WebSocketDisconnect, match="1000"):
            await websocket.receive_text()
    assert "No mail to ada@example.com" in caplog.text


@pytest.mark.parametrize("offset", [0, 100_000, 250_000])
async def test_a_large_file_arrives_in_chunks_from_any_offset(monkeypatch, tmp_path, offset):
    files = program("download")
    content = bytes(range(250)) * 1_000
    (tmp_path / "large").write_bytes(content)
    monkeypatch.setitem(files.FILES, "large", tmp_path / "large")
    async with connected(files.app, f"/files/large/{offset}") as websocket:
        assert await websocket.receive_json() == {"size": len(content)}
        chunks = []
        with pytest.raises(WebSocketDisconnect, match="1000"):
            while True:
                chunks.append(await websocket.receive_bytes())
    assert b"".join(chunks) == content[offset:]
    assert all(len(chunk) <= files.CHUNK for chunk in chunks)


async def test_members_receive_the_same_compressed_bytes():
    app = program("compress_once").app
    table = [{"share": "ACME", "price": price} for price in range(100)]
    async with (
        AsyncTestClient(app) as client,
        client.websocket_connect("/prices") as ada,
        client.websocket_connect("/prices") as bob,
        client.websocket_connect("/feed") as feed,
    ):
        for member in (ada, bob):
            await member.receive_json()
        await feed.send_json(table)
        packed = await ada.receive_bytes()
        assert await bob.receive_bytes() == packed
    assert json.loads(zlib.decompress(packed)) == table
    assert len(packed) < len(json.dumps(table)) / 5


def test_a_budget_fills_up_again(monkeypatch):
    limits, now = program("rate_limit"), 1_000.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    budget = limits.Budget()
    assert [budget.spend() for _ in range(4)] == [0, 0, 0, 100]
    now += 150
    assert [budget.spend() for _ in range(2)] == [0, 50]
    now += 1_000_000
    assert [budget.spend() for _ in range(4)] == [0, 0, 0, 100]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # SQLAlchemy needs it
async def test_no_connection_of_the_pool_is_taken_between_two_messages(monkeypatch, tmp_path):
    names = program("database")
    engine = names.create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/names")
    monkeypatch.setattr(names, "create_async_engine", lambda url: engine)
    async with connected(names.app, "/names") as websocket:
        for name, answer in [("ada", "registered"), ("ada", "error"), ("bob", "registered")]:
            await websocket.send_text(name)
            assert answer in await websocket.receive_json()
            assert engine.pool.checkedout() == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_group_of_asyncio_is_cancelled_too():
    cancelled = anyio.Event()

    async def work():
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    async def endpoint(websocket):
        await websocket.accept()
        async with websocket.until_closed(), asyncio.TaskGroup() as tasks:
            tasks.create_task(work())
            async for text in websocket.iter_text():
                await websocket.send_text(text)

    app = Duologue(routes=[WebSocketRoute("/", endpoint)])
    async with connected(app, "/") as websocket:
        await websocket.send_text("hello")
        assert await websocket.receive_text() == "hello"
        await websocket.close()
        await cancelled.wait()


async def test_a_job_that_fails_closes_the_connection(monkeypatch):
    jobs = program("background")

    async def convert(websocket, name, running):
        raise LookupError(name)

    monkeypatch.setattr(jobs, "convert", convert)
    app = AsyncTestClient(jobs.app, raise_server_exceptions=False)
    async with app as client, client.websocket_connect("/jobs") as websocket:
        await websocket.send_json({"start": "long"})
        with pytest.raises(WebSocketDisconnect, match="1011"):
            await websocket.receive_text()
