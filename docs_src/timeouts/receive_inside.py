import anyio

from duologue import Duologue, WebSocketRoute


async def count(websocket):
    await websocket.accept()
    async with websocket.until_closed(), anyio.create_task_group() as tasks:

        async def send_numbers():
            for number in range(3):
                await websocket.send_json(number)
            await anyio.sleep_forever()

        tasks.start_soon(send_numbers)
        async for text in websocket.iter_text():  # <--
            await websocket.send_text(f"You said: {text}")


app = Duologue(routes=[WebSocketRoute("/ws", count)])
