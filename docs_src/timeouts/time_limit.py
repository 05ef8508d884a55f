import anyio

from duologue import Duologue, WebSocketRoute


async def ask(websocket):
    await websocket.accept()
    async with websocket.until_closed():  # <--
        await websocket.send_text("What is your name?")
        name = None
        while name is None:
            with anyio.move_on_after(1):  # <--
                name = await websocket.receive_text()  # <--
            if name is None:
                await websocket.send_text("Are you still there?")
        await websocket.send_text(f"Hello, {name}!")
        await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", ask)])
