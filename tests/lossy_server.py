"""A server that loses a message whenever a receive is cancelled, as granian does."""

from collections import deque

import anyio
import anyio.lowlevel
from patience import MOMENT
from recording_server import CONNECT, left, make_scope, said_text

from duologue.websockets import WebSocket


class Ticket:
    def __init__(self):
        self.called = anyio.Event()
        self.message = None


class LossyServer:
    """Each receive draws a ticket, and its message goes to it even where nobody waits any more.

    What no application may do is an error: two receives at once, or one after the end.
    """

    def __init__(self, *messages, late=False):
        self.messages = deque([CONNECT, *messages])
        self.tickets = deque()
        self.sent = []
        self.error = None  # what the next send raises
        self.failure = None  # what the next receive raises
        self.receiving = 0
        self.received = 0
        self.ended = False
        self.late = late

    def say(self, *messages):
        self.messages.extend(messages)
        self.call()

    def say_texts(self, *texts):
        self.say(*map(said_text, texts))

    def call(self):
        while self.tickets and self.messages:
            ticket = self.tickets.popleft()
            ticket.message = self.messages.popleft()
            ticket.called.set()

    async def receive(self):
        assert not self.ended, "a receive after the end"
        assert not self.receiving, "two receives at once"
        self.receiving += 1
        try:
            ticket = Ticket()
            self.tickets.append(ticket)
            self.call()
            if ticket.message is None:
                with anyio.fail_after(MOMENT):
                    await ticket.called.wait()
            if self.late:
                await anyio.lowlevel.checkpoint()
        finally:
            self.receiving -= 1
        if isinstance(ticket.message, BaseException):
            raise ticket.message
        self.received += 1
        self.ended = ticket.message["type"] == "websocket.disconnect"
        return ticket.message

    async def send(self, message):
        await anyio.lowlevel.checkpoint()
        if self.error is not None:
            raise self.error
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.ended = True
            if self.tickets:
                self.say(left(code=1006))


async def open_lossy(*messages, **keys):
    """Make a WebSocket on a lossy server, and accept it."""
    server = LossyServer(*messages)
    websocket = WebSocket(make_scope(**keys), server.receive, server.send)
    await websocket.accept()
    server.sent.clear()
    server.received = 0
    return websocket, server
