from duologue import Duologue, HTTPException, WebSocketRoute

TICKETS = {"t-4711": "Ada"}  # real ones are good for one handshake, and for some seconds


async def greet(websocket):
    user = TICKETS.get(websocket.query_params.get("ticket", ""))  # <--
    if user is None:
        raise HTTPException(401, "This ticket is not valid.")
    await websocket.accept()
    await websocket.send_text(f"Hello, {user}!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)])
