import logging
from contextlib import asynccontextmanager

import anyio

from duologue import Duologue, WebSocketRoute

sent = []


async def send_mail(address):
    try:
        await anyio.sleep(0.1)  # in real life, a request to the mail server
        sent.append(address)
    except Exception:
        logging.exception("No mail to %s", address)  # <--


@asynccontextmanager
async def lifespan(app):
    async with anyio.create_task_group() as tasks:
        yield {"tasks": tasks}  # <--


async def register(websocket):
    await websocket.accept()
    address = await websocket.receive_text()
    websocket.state.tasks.start_soon(send_mail, address)  # <--
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/register", register)], lifespan=lifespan)
