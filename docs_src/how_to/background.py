import anyio

from duologue import Duologue, WebSocketRoute


async def convert(websocket, name, running):
    with anyio.CancelScope() as running[name]:
        try:
            for percent in (0, 50, 100):
                await websocket.send_json({"job": name, "percent": percent})
                await anyio.sleep(0.1 if name == "short" else 60)  # in real life, work
        finally:
            del running[name]


async def jobs(websocket):
    await websocket.accept()
    running = {}
    async with websocket.until_closed(), anyio.create_task_group() as tasks:  # <--
        async for message in websocket.iter_json():
            match message:
                case {"start": str(name)} if name not in running:
                    tasks.start_soon(convert, websocket, name, running)  # <--
                case {"cancel": str(name)} if name in running:
                    running[name].cancel()  # <--
                    await websocket.send_json({"job": name, "cancelled": True})


app = Duologue(routes=[WebSocketRoute("/jobs", jobs)])
