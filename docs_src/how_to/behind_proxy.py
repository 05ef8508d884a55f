from duologue import Duologue, Mount, WebSocketRoute
from duologue.responses import PlainTextResponse


async def who(websocket):
    await websocket.accept()
    await websocket.send_json({"client": websocket.client.host, "url": str(websocket.url)})  # <--
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Duologue(
    routes=[
        WebSocketRoute("/ws", who),
        Mount("/health", app=PlainTextResponse("ok")),  # <--
    ]
)
