from duologue import Duologue, WebSocketRoute
from duologue.responses import RedirectResponse, Response


class CSVResponse(Response):  # <--
    media_type = "text/csv"

    def render(self, content):  # <--
        return "".join(f"{','.join(row)}\n" for row in content).encode()


async def full(websocket):
    response = CSVResponse([["room", "members"], ["lobby", "100"]], status_code=503)
    response.set_cookie("queue", "7", max_age=60, httponly=True)  # <--
    await websocket.send_denial_response(response)


async def logged_out(websocket):
    response = Response("Log in again.", status_code=401)
    response.delete_cookie("session")  # <--
    await websocket.send_denial_response(response)


async def moved(websocket):
    response = RedirectResponse("wss://chat.example/ws")  # <--
    await websocket.send_denial_response(response)


app = Duologue(
    routes=[
        WebSocketRoute("/full", full),
        WebSocketRoute("/logged-out", logged_out),
        WebSocketRoute("/moved", moved),
    ]
)
