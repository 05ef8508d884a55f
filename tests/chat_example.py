"""A program that remembers, and a script that holds only where it begins afresh."""

PROGRAM = """\
from duologue.websockets import WebSocket

messages = []

async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for message in websocket.iter_text():
        messages.append(message)
        await websocket.send_json(messages)
"""

SCRIPT = """\
> open /
< accept
> "hello"
< ["hello"]
> close 1000
"""
