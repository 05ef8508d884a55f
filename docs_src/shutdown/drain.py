from duologue import Duologue, WebSocketRoute
from duologue.shutdown import Drain


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Duologue(
    routes=[WebSocketRoute("/ws", echo)],
    drain=Drain(code=1001, reason="moving house", grace=10),  # <--
)
