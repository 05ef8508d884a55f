from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from duologue import Duologue, WebSocketRoute


@asynccontextmanager
async def lifespan(chat):
    visitors = []  # in real life, a pool of connections
    yield {"visitors": visitors}
    visitors.clear()


async def greet(websocket):
    await websocket.accept()
    websocket.state.visitors.append(websocket.client)  # <--
    await websocket.send_text(f"You are number {len(websocket.state.visitors)}.")
    await websocket.close()


chat = Duologue(routes=[WebSocketRoute("/ws", greet)], lifespan=lifespan)

app = FastAPI(lifespan=chat.lifespan_context)  # <--
app.mount("/chat", chat)


@app.get("/visitors")
async def count(request: Request) -> int:
    return len(request.state.visitors)  # <--
