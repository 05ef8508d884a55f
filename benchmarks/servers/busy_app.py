"""An application that has some work to do for each message: a list of 2,000 numbers in JSON."""

import json

NUMBERS = [*range(2_000)]


async def app(scope, receive, send):
    """Answer each message, after the work."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        json.dumps(NUMBERS)
        await send({"type": "websocket.send", "text": message["text"]})
