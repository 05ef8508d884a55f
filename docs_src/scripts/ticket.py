from datetime import UTC, datetime
from uuid import uuid4

from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    ticket = {"id": str(uuid4()), "at": datetime.now(UTC).isoformat(), "seats": [12, 13]}
    await websocket.send_json(ticket)
    await websocket.send_text(f"Your ticket is {ticket['id']}.")
    await websocket.send_bytes(uuid4().bytes)
    await websocket.close()
