import anyio

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

PUBLIC = {"news", "sports", "weather"}
rooms = Rooms()


async def stay(websocket, name, scope, *, task_status):
    with scope:
        async with rooms.join(name, websocket):  # <--
            await websocket.send_json({"subscribed": name})
            task_status.started()
            await anyio.sleep_forever()
    await websocket.send_json({"unsubscribed": name})


async def channels(websocket):
    await websocket.accept()
    subscriptions = {}
    async with websocket.until_closed(), anyio.create_task_group() as tasks:  # <--
        async for request in websocket.iter_json():
            match request:
                case {"subscribe": str(name)} if name in PUBLIC - subscriptions.keys():
                    scope = subscriptions[name] = anyio.CancelScope()
                    await tasks.start(stay, websocket, name, scope)  # <--
                case {"unsubscribe": str(name)} if name in subscriptions:
                    subscriptions.pop(name).cancel()  # <--
                case {"room": str(name), "text": str(text)} if name in subscriptions:
                    await rooms.send_json(name, {"room": name, "text": text})
                case _:
                    await websocket.send_json({"error": "not possible", "request": request})


app = Duologue(routes=[WebSocketRoute("/channels", channels)])
