"""Rooms over a backend that other processes share: what they ask it for, and when."""

from contextlib import asynccontextmanager

import anyio
import pytest
from guests import Guest, together
from lossy_backend import LossyBackend
from patience import MOMENT

from duologue import Duologue, WebSocketDisconnect, WebSocketRoute
from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import BackendError, History, Presence, Rooms
from duologue.rooms._memory import MemoryBackend
from duologue.testclient import AsyncTestClient
from duologue.websockets import WebSocketStateError


class StrictBackend(MemoryBackend):
    """Receives only rooms that it is subscribed to, and takes its time.

    Attributes:
        asked: What it was asked for.
        error: What it raises.
        hold: What it waits for.
    """

    def __init__(self):
        super().__init__()
        self.asked = []
        self.error = None
        self.hold = anyio.Event()
        self.hold.set()
        self.calls = 0
        self.subscribed = set()

    async def ask(self, what, names):
        assert self.calls == 0, "two calls at once"
        self.calls += 1
        self.asked.append((what, *sorted(names)))
        try:
            await self.hold.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.calls -= 1

    async def subscribe(self, rooms):
        await self.ask("subscribe", rooms)
        assert not self.subscribed & set(rooms)
        self.subscribed |= set(rooms)

    async def unsubscribe(self, rooms):
        await self.ask("unsubscribe", rooms)
        self.subscribed -= set(rooms)

    async def publish(self, room, payload, history):
        if room in self.subscribed:
            await super().publish(room, payload, history)


async def test_a_room_is_subscribed_to_while_somebody_is_in_it():
    backend = StrictBackend()
    rooms, ada, bob = Rooms(backend), Guest(), Guest()
    async with rooms.lifespan():
        async with together(rooms, ada):
            async with together(rooms, bob):
                await rooms.send_text("lobby", "hello")
            assert backend.asked == [("subscribe", "lobby")]
        await wait_until_idle()
        assert backend.asked == [("subscribe", "lobby"), ("unsubscribe", "lobby")]
    assert ada.heard == bob.heard == ["hello"]


async def test_who_joins_receives_everything_from_then_on():
    backend = StrictBackend()
    rooms, ada = Rooms(backend), Guest()
    await ada.websocket.accept()
    async with rooms.lifespan(), rooms.join("lobby", ada.websocket) as room:
        await room.send_text("hello")
    assert ada.heard == ["hello"]


async def test_rooms_that_come_and_go_while_the_backend_is_busy_are_asked_for_together():
    backend = StrictBackend()
    rooms = Rooms(backend)
    guests = {name: Guest() for name in "abcd"}
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        backend.hold = anyio.Event()
        for name, guest in guests.items():
            tasks.start_soon(guest.stay, rooms, name, {})
            await wait_until_idle()
        guests["a"].leave()
        guests["b"].leave()
        await wait_until_idle()
        again = Guest()
        tasks.start_soon(again.stay, rooms, "a", {})
        await wait_until_idle()
        backend.hold.set()
        await wait_until_idle()
        assert backend.asked == [("subscribe", "a"), ("subscribe", "c", "d")]
        await rooms.send_text("a", "hello")
        await wait_until_idle()
        for guest in (again, guests["c"], guests["d"]):
            guest.leave()
            await guest.until_left()
        await wait_until_idle()
        assert backend.subscribed == set()
        assert (guests["a"].heard, again.heard) == ([], ["hello"])


async def test_a_room_that_is_left_while_it_is_subscribed_to_is_unsubscribed():
    backend = StrictBackend()
    rooms, ada = Rooms(backend), Guest()
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        backend.hold = anyio.Event()
        tasks.start_soon(ada.stay, rooms, "a", {})
        await wait_until_idle()
        ada.leave()
        await ada.until_left()
        backend.hold.set()
        await wait_until_idle()
        assert backend.asked == [("subscribe", "a"), ("unsubscribe", "a")]


async def test_where_a_room_cannot_be_received_nobody_can_join():
    backend = StrictBackend()
    rooms, ada, bob = Rooms(backend), Guest(), Guest()
    async with rooms.lifespan():
        backend.error = BackendError("Redis is not there.")
        await ada.websocket.accept()
        with pytest.raises(BackendError, match="not there"):
            async with rooms.join("lobby", ada.websocket):
                pass
        backend.error = None
        async with together(rooms, bob):
            await rooms.send_text("lobby", "hello")
            backend.error = BackendError("Redis is not there any more.")
        await wait_until_idle()
    assert bob.heard == ["hello"]
    assert rooms.statistics().total.members == 0


@pytest.fixture(params=["subscribing", "reading the history", "reading who is there"])
def waiting(request):
    """Rooms whose members wait until their backend lets them in."""
    if request.param == "subscribing":
        backend = StrictBackend()
        backend.hold = anyio.Event()
        return Rooms(backend)
    backend = LossyBackend()
    backend.hold_before = anyio.Event()
    kept = {"history": History()} if "history" in request.param else {"presence": Presence()}
    return Rooms(backend, **kept)


def let_in(rooms):
    """Let those in that wait."""
    backend = rooms._backend
    held = backend.hold if isinstance(backend, StrictBackend) else backend.hold_before
    held.set()


@asynccontextmanager
async def joining(rooms, *guests):
    """Let guests wait until they are let in; in the end they have left, and never were there."""
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        for guest in guests:
            tasks.start_soon(guest.stay, rooms, "lobby", {})
        await wait_until_idle()
        yield
        for guest in guests:
            await guest.until_left()
        assert not any(hasattr(guest, "room") for guest in guests)
        assert rooms.statistics().total.members == 0


async def test_a_client_that_disconnects_while_it_joins_never_comes_to_the_body(waiting):
    ada, bob = Guest(), Guest()
    async with joining(waiting, ada, bob):
        ada.leave(4000)
        bob.leave(1006)
    codes = [guest.failure.code for guest in (ada, bob)]
    assert [type(guest.failure) for guest in (ada, bob)] == [WebSocketDisconnect] * 2
    assert codes == [4000, 1006]


async def test_what_another_task_closes_while_it_joins_never_comes_to_the_body(waiting):
    ada = Guest()
    async with joining(waiting, ada):
        await ada.websocket.close(4001)
    assert isinstance(ada.failure, WebSocketStateError)
    assert ada.heard == [(4001, "")]


async def test_all_connections_can_be_closed_while_some_join(waiting):
    failures = []

    async def endpoint(websocket):
        await websocket.accept()
        try:
            async with waiting.join("lobby", websocket):
                pytest.fail("it comes to the body")
        except WebSocketDisconnect as error:
            failures.append((error.code, error.reason))
            raise

    app = Duologue(routes=[WebSocketRoute("/", endpoint)], lifespan=waiting.lifespan)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        await wait_until_idle()
        await app.close_all(4002, "maintenance")
        with pytest.raises(WebSocketDisconnect) as caught:
            await session.receive_text()
    assert (caught.value.code, caught.value.reason) == (4002, "maintenance")
    assert failures == [(4002, "maintenance")]


async def test_a_block_around_the_room_ends_if_the_client_disconnects_while_it_joins(waiting):
    ada, ended = Guest(), []

    async def endpoint():
        await ada.websocket.accept()
        async with ada.websocket.until_closed(), waiting.join("lobby", ada.websocket):
            pytest.fail("it comes to the body")
        ended.append(ada.websocket.close_code)

    async with waiting.lifespan(), anyio.create_task_group() as tasks:
        tasks.start_soon(endpoint)
        await wait_until_idle()
        ada.leave(4003)
    assert ended == [4003]


async def test_who_joins_beside_another_block_leaves_as_soon_as_it_is_in(waiting):
    ada, inside = Guest(), []

    async def join():
        async with waiting.join("lobby", ada.websocket):
            inside.append(True)
            await anyio.sleep_forever()

    async def endpoint():
        await ada.websocket.accept()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(join)
            async with ada.websocket.until_closed():
                await anyio.sleep_forever()
            assert inside == []
            let_in(waiting)

    with anyio.fail_after(MOMENT):
        async with waiting.lifespan(), anyio.create_task_group() as tasks:
            tasks.start_soon(endpoint)
            await wait_until_idle()
            assert ada.websocket._channel.leave_blocks()  # as `close_all` does
    assert inside == [True]
    assert ada.websocket.connected


async def test_a_storm_leaves_exactly_the_subscriptions_that_are_wanted():
    backend = StrictBackend()
    rooms = Rooms(backend)
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        guests = [Guest() for _ in range(300)]
        for number, guest in enumerate(guests):
            tasks.start_soon(guest.stay, rooms, f"room {number % 7}", {})
            if number % 3 == 0:
                guest.leave()
        await wait_until_idle()
        assert backend.subscribed == rooms.statistics().rooms.keys()
        assert len(backend.subscribed) == 7
        for guest in guests:
            guest.leave()
        for guest in guests:
            await guest.until_left()
        await wait_until_idle()
        assert backend.subscribed == set()


async def test_without_their_lifespan_they_say_so():
    rooms, ada = Rooms(StrictBackend()), Guest()
    await ada.websocket.accept()
    with pytest.raises(RuntimeError, match=r"Duologue\(lifespan=rooms.lifespan\)"):
        await rooms.send_text("lobby", "hello")
    with pytest.raises(RuntimeError, match=r"Duologue\(lifespan=rooms.lifespan\)"):
        async with rooms.join("lobby", ada.websocket):
            pass
    assert not rooms.statistics().listening


async def test_they_are_connected_once_at_a_time():
    rooms = Rooms(MemoryBackend())
    async with rooms.lifespan():
        assert rooms.statistics().listening
        with pytest.raises(RuntimeError, match="connected already"):
            async with rooms.lifespan():
                pass
    async with rooms.lifespan():
        pass


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_they_belong_to_the_event_loop_of_their_lifespan():
    rooms, ada = Rooms(MemoryBackend(), presence=Presence()), Guest()

    async def intrude():
        await ada.websocket.accept()
        with pytest.raises(RuntimeError, match="in another event loop"):
            async with rooms.join("lobby", ada.websocket):
                pass
        for send in (rooms.send_text, rooms.send_json):
            with pytest.raises(RuntimeError, match="in another event loop"):
                await send("lobby", "hello")
        with pytest.raises(RuntimeError, match="in another event loop"):
            await rooms.members("lobby")

    async with rooms.lifespan():
        await anyio.to_thread.run_sync(anyio.run, intrude)


async def test_json_of_rooms_travels_in_frames_of_either_kind():
    rooms, ada = Rooms(), Guest()
    async with together(rooms, ada):
        await rooms.send_json("lobby", {"a": 1}, mode="binary")
        await wait_until_idle()
        assert ada.heard == [b'{"a":1}']


async def test_json_is_written_as_the_application_writes_it():
    rooms, ada = Rooms(), Guest()
    app = Duologue(lifespan=rooms.lifespan, json_dumps=lambda value: f"own {value}")
    async with app.lifespan_context(), together(rooms, ada):
        await rooms.send_json("lobby", 1)
        await ada.room.send_json(2)  # the scope of this guest comes through no application
        await wait_until_idle()
        assert ada.heard == ["own 1", "2"]


async def test_how_old_the_last_message_is():
    rooms = Rooms()
    assert rooms.statistics().idle_seconds is None
    await rooms.send_text("lobby", "hello")
    assert 0 <= rooms.statistics().idle_seconds < MOMENT


async def test_a_lifespan_that_cannot_connect_fails_with_what_the_backend_says():
    class Nowhere(MemoryBackend):
        @asynccontextmanager
        async def connect(self, listener):
            raise BackendError("Redis is not there.")
            yield

    with pytest.raises(BackendError, match="Redis is not there"):
        async with Rooms(Nowhere()).lifespan():
            pass


async def stays(tasks, rooms):
    """Somebody who is in a room while the lifespan ends."""
    ada = Guest()
    async with rooms.lifespan():
        await tasks.start(ada.stay, rooms, "lobby", {})
    return ada


async def leaves(ada):
    ada.leave()
    await ada.until_left()
    await wait_until_idle()


async def test_who_stays_until_the_lifespan_begins_again_hears_again_and_is_told():
    backend = StrictBackend()
    rooms = Rooms(backend, missed=lambda missed: {"missed": missed.count})
    async with anyio.create_task_group() as tasks:
        ada = await stays(tasks, rooms)
        backend.subscribed.clear()  # its connection has ended
        async with rooms.lifespan():
            await rooms.send_text("lobby", "again")
            await wait_until_idle()
            assert ada.heard == ['{"missed":null}', "again"]
            await leaves(ada)
            assert backend.subscribed == set()
    assert rooms.statistics().total.gaps == 1


async def test_who_leaves_while_the_lifespan_begins_again_leaves_nothing_behind():
    backend = StrictBackend()
    rooms = Rooms(backend)
    began = anyio.Event()

    async def begin(done):
        async with rooms.lifespan():
            began.set()
            await done.wait()

    async with anyio.create_task_group() as tasks:
        ada, done = await stays(tasks, rooms), anyio.Event()
        backend.subscribed.clear()
        backend.hold = anyio.Event()
        tasks.start_soon(begin, done)
        await wait_until_idle()
        await leaves(ada)
        backend.hold.set()
        with anyio.fail_after(MOMENT):
            await began.wait()
        await wait_until_idle()
        assert backend.subscribed == set()
        done.set()


async def test_a_lifespan_that_cannot_listen_anew_does_not_begin():
    backend = StrictBackend()
    rooms = Rooms(backend)
    async with anyio.create_task_group() as tasks:
        ada = await stays(tasks, rooms)
        backend.error = BackendError("away")
        with pytest.raises(BackendError, match="away"):
            async with rooms.lifespan():
                pass
        assert not rooms.statistics().listening
        await leaves(ada)
