import anyio

from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push, websocket)  # <--
        async for message in websocket.iter_text():
            await websocket.send_text(f"You said {message}")
        tasks.cancel_scope.cancel()


async def push(websocket):
    await websocket.send_text("News as they come")
    await anyio.sleep_forever()
