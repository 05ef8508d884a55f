from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


async def update(request):
    number = request.path_params["number"]
    await rooms.send_json(f"order {number}", {"state": request.query_params["state"]})  # <--
    return Response(status_code=204)


async def watch(websocket):
    await websocket.accept()
    number = websocket.path_params["number"]
    async with rooms.join(f"order {number}", websocket) as room:
        await websocket.send_json({"watching": number})
        async for state in websocket.iter_text():
            await room.send_json({"state": state})


watching = Duologue(routes=[WebSocketRoute("/{number}", watch)])
app = Starlette(
    routes=[
        Route("/orders/{number}", update, methods=["POST"]),
        Mount("/watch", watching),
    ]
)
