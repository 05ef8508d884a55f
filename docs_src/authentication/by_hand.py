import secrets

from duologue import Duologue, HTTPException, WebSocketRoute

TOKEN = b"s3cret"


async def greet(websocket):
    match websocket.scope["subprotocols"]:  # <--
        case ["Authorization", token] if secrets.compare_digest(token.encode(), TOKEN):  # <--
            await websocket.accept(subprotocol="Authorization")  # <--
        case _:
            raise HTTPException(status_code=401, detail="Unauthorized")  # <--
    await websocket.send_text("Hello!")
    await websocket.close()


app = Duologue(debug=True, routes=[WebSocketRoute("/ws", greet)])
