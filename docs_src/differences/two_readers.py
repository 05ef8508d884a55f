import anyio

from duologue import Duologue, WebSocketRoute, WebSocketStateError


async def listen(websocket):
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read, websocket)
        tasks.start_soon(read, websocket)  # <--


async def read(websocket):
    try:
        await websocket.send_text(await websocket.receive_text())
    except WebSocketStateError as error:  # <--
        await websocket.send_text(str(error))


app = Duologue(routes=[WebSocketRoute("/ws", listen)])
