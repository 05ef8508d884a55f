import anyio

from duologue import Duologue, WebSocketRoute


async def work(websocket):
    await websocket.accept()
    await anyio.sleep_forever()


async def say_goodbye(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await websocket.send_text("Goodbye.")  # <--


async def stay(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await anyio.sleep_forever()  # <--


async def stop(websocket):
    await websocket.accept()
    await websocket.close()
    await app.close_all(grace=0.5)  # <--


app = Duologue(
    routes=[
        WebSocketRoute("/work", work),
        WebSocketRoute("/goodbye", say_goodbye),
        WebSocketRoute("/stay", stay),
        WebSocketRoute("/stop", stop),
    ],
)
