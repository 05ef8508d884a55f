from duologue.websockets import WebSocket

members = []


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    name = websocket.query_params["name"]
    members.append(websocket)
    await websocket.send_text(f"Welcome, {name}!")
    async for text in websocket.iter_text():
        for member in members:
            if member.connected:
                await member.send_text(f"{name}: {text}")
    members.remove(websocket)
