import anyio

from duologue import Duologue, WebSocketRoute


async def headlines():
    yield "Nothing has happened yet."
    await anyio.sleep_forever()  # in real life, until something happens


async def news(websocket):
    await websocket.accept()
    async with websocket.until_closed():  # <--
        async for headline in headlines():
            await websocket.send_text(headline)
    print("The client has disconnected:", websocket.close_code, websocket.close_reason)


app = Duologue(routes=[WebSocketRoute("/news", news)])
