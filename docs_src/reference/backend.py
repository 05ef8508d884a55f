from contextlib import asynccontextmanager

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Backend, Listener, Rooms


class Loopback(Backend):  # <--
    shared = True
    keeps_history = False
    keeps_presence = False

    @asynccontextmanager
    async def connect(self, listener: Listener):
        self.listener = listener
        yield

    async def publish(self, room, payload, history):
        print(f"To {room}: {payload!r}")
        self.listener.message(room, payload, None)

    async def subscribe(self, rooms):
        pass

    async def unsubscribe(self, rooms):
        pass

    def listening(self):
        return True


rooms = Rooms(Loopback())  # <--


async def chat(websocket):
    await websocket.accept()
    async with rooms.join("lobby", websocket) as room:
        async for text in websocket.iter_text():
            await room.send_text(text)


app = Duologue(routes=[WebSocketRoute("/chat", chat)], lifespan=rooms.lifespan)
