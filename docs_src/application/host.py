from duologue import Duologue, Host, Router, WebSocketRoute


async def team(websocket):
    await websocket.accept()
    await websocket.send_text(f"Team {websocket.path_params['team']}")
    await websocket.close()


async def everybody(websocket):
    await websocket.accept()
    await websocket.send_text("Everybody")
    await websocket.close()


teams = Router(routes=[WebSocketRoute("/ws", team)])

app = Duologue(
    routes=[
        Host("{team}.chat.example", teams),  # <--
        WebSocketRoute("/ws", everybody),
    ]
)
