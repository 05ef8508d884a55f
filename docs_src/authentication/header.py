import secrets

from duologue import Duologue, HTTPException, WebSocketRoute

TOKEN = "s3cret"


async def greet(websocket):
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")  # <--
    if scheme.lower() != "bearer" or not secrets.compare_digest(token.encode(), TOKEN.encode()):
        raise HTTPException(401, headers={"www-authenticate": "Bearer"})
    await websocket.accept()
    await websocket.send_text("Hello!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)])
