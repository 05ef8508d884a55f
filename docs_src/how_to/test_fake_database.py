from contextlib import asynccontextmanager

import pytest

from duologue import Duologue, WebSocketDisconnect, WebSocketRoute
from duologue.testclient import AsyncTestClient


class Database:
    async def state_of(self, number):
        return "packed"  # in real life, a query


@asynccontextmanager
async def open_database():
    yield Database()  # in real life, a pool of connections


@asynccontextmanager
async def lifespan(app):
    async with app.state.open_database() as database:  # <--
        yield {"database": database}


async def track(websocket):
    await websocket.accept()
    state = await websocket.state.database.state_of(websocket.path_params["number"])
    if state is None:
        await websocket.close(4004, "no such order")
    else:
        await websocket.send_json({"state": state})


app = Duologue(routes=[WebSocketRoute("/orders/{number:int}", track)], lifespan=lifespan)
app.state.open_database = open_database  # <--


class FakeDatabase:
    def __init__(self):
        self.states = {7: "sent"}
        self.is_open = False

    @asynccontextmanager
    async def open(self):
        self.is_open = True
        yield self
        self.is_open = False

    async def state_of(self, number):
        if number == 0:
            raise ConnectionError("the database is down")
        return self.states.get(number)


@pytest.fixture
def database():
    fake = FakeDatabase()
    app.state.open_database = fake.open  # <--
    yield fake
    app.state.open_database = open_database


@pytest.fixture
async def client(anyio_backend, database):
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:  # <--
        yield client
    assert not database.is_open


@pytest.mark.anyio
async def test_known_order(client, database):
    database.states[8] = "packed"
    async with client.websocket_connect("/orders/8") as session:
        assert await session.receive_json() == {"state": "packed"}


@pytest.mark.anyio
@pytest.mark.parametrize(("path", "code"), [("/orders/9", 4004), ("/orders/0", 1011)])
async def test_no_order(client, path, code):
    async with client.websocket_connect(path) as session:
        with pytest.raises(WebSocketDisconnect) as disconnect:
            await session.receive_json()
    assert disconnect.value.code == code
