import time
from collections import defaultdict

from duologue import Duologue, Middleware, WebSocketRoute
from duologue.authorization import accept_with_token
from duologue.limits import LimitMiddleware, Limits

USERS = {"s3cret": "ada", "hidden": "bob"}
RATE, BURST = 0.01, 3  # messages a second, and at once


class Budget:
    def __init__(self):
        self.messages, self.time = BURST, time.monotonic()

    def spend(self):  # returns the seconds to wait
        now = time.monotonic()
        self.messages = min(BURST, self.messages + (now - self.time) * RATE)
        self.time = now
        if self.messages < 1:
            return (1 - self.messages) / RATE
        self.messages -= 1
        return 0


budgets = defaultdict(Budget)


async def chat(websocket):
    user = await accept_with_token(websocket, USERS.get)
    async for text in websocket.iter_text():
        if seconds := budgets[user].spend():  # <--
            error = {"error": "too fast", "retry_after": seconds}
            await websocket.send_json(error)
        else:
            await websocket.send_json({"text": text})


limits = Limits(message_rate=50, connections_per_client=20)
app = Duologue(
    routes=[WebSocketRoute("/chat", chat)],
    middleware=[Middleware(LimitMiddleware, limits)],
)
