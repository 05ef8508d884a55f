"""The history of rooms: who comes again gets what it has missed, and a gap is filled."""

import json

import anyio
import pytest
from guests import LATE, PACES, Guest, together
from lossy_backend import LossyBackend
from patience import MOMENT

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import History, OffsetError, Past, Published, Rooms, with_offset
from duologue.rooms._histories import Histories
from duologue.rooms._history import REMEMBERED_SECONDS
from duologue.rooms._memory import MemoryBackend
from duologue.rooms.testing import BackendTests, HistoryTests, PresenceTests

HISTORY = History(messages=3)
MISSED = '{"missed":null}'


def tell(missed):
    return {"missed": missed.count}


class TestMemory(BackendTests, HistoryTests, PresenceTests):
    seconds = MOMENT

    @pytest.fixture(autouse=True)
    def _memory(self):
        self.backend = MemoryBackend()

    def make(self):
        return self.backend


async def test_the_tests_for_backends_notice_what_is_wrong():
    class Wrong(MemoryBackend):
        async def read(self, room, after, history):
            return Past((), True, "0")

        async def unsubscribe(self, rooms):
            for listener in self._listeners:
                listener.gap()

    class Tests(BackendTests, HistoryTests):
        def make(self):
            return backend

    backend = Wrong()
    with pytest.raises(AssertionError, match="'' was taken for an offset"):
        await Tests().test_what_is_no_offset_is_refused()
    with pytest.raises(AssertionError):
        await Tests().test_who_unsubscribes_may_subscribe_again()


def rooms_with_offsets(**options):
    """Rooms whose members get the offset of each message, and then the message."""
    return Rooms(
        history=HISTORY, missed=tell, wrap=lambda each: f"{each.offset} {each.data}", **options
    )


def offsets(guest):
    return {text.split(" ")[1]: text.split(" ")[0] for text in guest.heard}


def texts(guest):
    return [text.split(" ")[-1] for text in guest.heard]


@pytest.mark.parametrize("pace", PACES)
async def test_who_comes_again_gets_what_it_has_missed_and_then_what_comes(pace):
    rooms, ada, again = rooms_with_offsets(), Guest(pace), Guest(pace)
    async with together(rooms, ada):
        await rooms.send_text("lobby", "1")
        await rooms.send_text("lobby", "2")
    await rooms.send_text("lobby", "3")
    await rooms.send_text("lobby", "4")
    async with together(rooms, again, after=offsets(ada)["1"]):
        assert texts(again) == ["2", "3", "4"]
        await rooms.send_text("lobby", "5")
        await wait_until_idle()
        assert texts(again) == ["2", "3", "4", "5"]
        assert again.room.missed == 0


@pytest.mark.parametrize("pace", PACES)
async def test_where_the_history_does_not_reach_so_far_the_client_is_told(pace):
    rooms, ada, again = rooms_with_offsets(), Guest(pace), Guest(pace)
    async with together(rooms, ada):
        for number in range(5):
            await rooms.send_text("lobby", str(number))
    async with together(rooms, again, after=offsets(ada)["0"]):
        assert again.heard[0] == MISSED
        assert texts(again)[1:] == ["2", "3", "4"]
        assert again.room.missed is None


async def test_whoever_comes_without_an_offset_gets_only_what_comes():
    rooms, ada = rooms_with_offsets(), Guest()
    await rooms.send_text("lobby", "1")
    async with together(rooms, ada):
        await rooms.send_text("lobby", "2")
    assert texts(ada) == ["2"]


async def test_a_room_tells_its_member_where_it_begins():
    rooms, ada, again, bob = rooms_with_offsets(), Guest(), Guest(), Guest()
    async with together(rooms, ada):
        pass
    await rooms.send_text("lobby", "1")
    async with together(rooms, again, after=ada.room.offset):
        assert texts(again) == ["1"]
        assert again.room.offset == offsets(again)["1"]
    async with together(Rooms(), bob):
        assert bob.room.offset is None


async def test_what_was_missed_may_be_more_than_a_queue_holds():
    rooms, ada = rooms_with_offsets(queue=1), Guest(LATE)
    async with together(rooms, ada):
        begin = ada.room.offset
    for number in range(3):
        await rooms.send_text("lobby", str(number))
    again = Guest(LATE)
    again.stop_reading()
    async with together(rooms, again, after=begin):
        await rooms.send_text("lobby", "waits")
        again.read_on()
        await wait_until_idle()
        assert texts(again) == ["0", "1", "2", "waits"]
        assert again.websocket.connected


@pytest.mark.parametrize("wrong", ["", "0", "安녕", "9" * 100])
async def test_what_is_no_offset_is_an_error_of_the_one_who_joins(wrong):
    rooms, ada, bob = rooms_with_offsets(), Guest(), Guest()
    await ada.websocket.accept()
    async with together(rooms, bob):
        with pytest.raises(OffsetError, match="not an offset of these rooms"):
            async with rooms.join("lobby", ada.websocket, after=wrong):
                pass
        await rooms.send_text("lobby", "hello")
    assert texts(bob) == ["hello"]
    assert ada.heard == []


async def test_json_carries_its_offset():
    rooms, ada = Rooms(history=HISTORY, wrap=with_offset), Guest()
    async with together(rooms, ada):
        await rooms.send_json("lobby", {"a": "안녕"})
        await rooms.send_json("lobby", None, mode="binary")
        await wait_until_idle()
        first, second = map(json.loads, ada.heard)
        assert (first["data"], second["data"]) == ({"a": "안녕"}, None)
        assert ada.room.offset < first["offset"] < second["offset"]
        assert isinstance(ada.heard[1], bytes)
    assert with_offset(Published("lobby", "1", None)) == '{"offset":null,"data":1}'


async def test_what_wraps_messages_and_fails_is_an_error_of_the_members():
    def fail(message):
        raise LookupError(message.room)

    rooms, ada = Rooms(wrap=fail), Guest()
    async with together(rooms, ada):
        await rooms.send_text("lobby", "hello")
        await ada.until_left()
    assert isinstance(ada.failure, LookupError)


async def test_a_backend_without_history_is_refused_where_one_is_wanted():
    class Forgetful(MemoryBackend):
        keeps_history = False

    with pytest.raises(ValueError, match="This backend keeps no history: <"):
        Rooms(Forgetful(), history=HISTORY)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"messages": 0}, ValueError, "messages of a history is above zero, not 0"),
        ({"seconds": 0}, ValueError, "seconds of a history is above zero, not 0"),
        ({"messages": 1.5}, TypeError, "a whole number of messages, not 1.5"),
    ],
)
def test_a_history_has_limits(arguments, error, message):
    with pytest.raises(error, match=message):
        History(**arguments)


def test_rooms_that_nobody_uses_are_forgotten():
    now = 0.0
    histories = Histories(clock=lambda: now)
    begin = histories.read("a", None).offset
    histories.add("a", b"1", History(seconds=10))
    end = histories.add("a", b"2", History(seconds=10))
    histories.add("b", b"3", History(seconds=1000))
    assert len(histories.read("a", begin).messages) == 2
    now = 10.0
    assert histories.read("b", begin).messages
    assert histories._messages.keys() == {"b"}
    assert histories.read("a", end) == Past([], True, end)
    now = REMEMBERED_SECONDS
    assert not histories.read("a", end).complete
    assert histories._messages == {}
    assert histories._ends.keys() == {"a"}


def test_a_message_is_forgotten_also_where_others_come():
    now = 0.0
    histories = Histories(clock=lambda: now)
    old = histories.add("a", b"1", History(seconds=10))
    now = 9.0
    new = histories.add("a", b"2", History(seconds=10))
    now = 10.0
    newest = histories.add("a", b"3", History(seconds=10))
    assert len(histories._messages["a"]) == 2
    assert histories.read("a", old) == Past([(new, b"2"), (newest, b"3")], True, newest)


def lossy_rooms(history=HISTORY, **options):
    backend = LossyBackend()
    return backend, Rooms(backend, history=history, missed=tell, **options)


@pytest.mark.parametrize("pace", PACES)
async def test_a_gap_is_filled_from_the_history(pace):
    (backend, rooms), ada, bob = lossy_rooms(), Guest(pace), Guest(pace)
    async with rooms.lifespan(), together(rooms, ada):
        await rooms.send_text("lobby", "1")
        backend.lose()
        await rooms.send_text("lobby", "2")
        await rooms.send_text("lobby", "3", exclude=ada.websocket)
        async with together(rooms, bob):
            backend.connect_again()
            await rooms.send_text("lobby", "4")
            await wait_until_idle()
            assert ada.heard == ["1", "2", "4"]
            assert bob.heard == ["4"]
        assert (rooms.statistics().total.gaps, rooms.statistics().total.filled) == (0, 1)


@pytest.mark.parametrize("joins", ["before", "between"])
async def test_a_gap_that_the_history_does_not_fill_is_told(joins):
    (backend, rooms), ada, bob = lossy_rooms(), Guest(), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        if joins == "between":
            await rooms.send_text("lobby", "0")
        backend.lose()
        async with together(rooms, bob):
            begin = bob.room.offset
            for number in range(1, 5):
                await rooms.send_text("lobby", str(number))
            newcomer = Guest()
            async with together(rooms, newcomer):
                backend.connect_again()
                await rooms.send_text("lobby", "5")
                await wait_until_idle()
                assert ada.heard == [*["0"] * (joins == "between"), MISSED, "3", "4", "5"]
                assert bob.heard == [MISSED, "3", "4", "5"]
                assert newcomer.heard == ["5"]
                assert begin < newcomer.room.offset
        assert (rooms.statistics().total.gaps, rooms.statistics().total.filled) == (1, 0)


async def test_a_gap_that_cannot_be_read_is_told():
    (backend, rooms), ada = lossy_rooms(), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        backend.lose()
        await rooms.send_text("lobby", "1")
        backend.error = OSError("Nobody is there.")
        backend.connect_again()
        await rooms.send_text("lobby", "2")
        await wait_until_idle()
        assert ada.heard == [MISSED, "2"]
        assert rooms.statistics().total.gaps == 1


async def test_what_comes_while_a_gap_is_filled_waits_for_its_turn():
    (backend, rooms), ada = lossy_rooms(History()), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        backend.lose()
        await rooms.send_text("lobby", "1")
        for hold in ("hold_before", "hold_behind"):
            setattr(backend, hold, anyio.Event())
            backend.connect_again()
            await rooms.send_text("lobby", "2")
            await wait_until_idle()
            backend.lose()
            await rooms.send_text("lobby", "3")
            backend.connect_again()
            await rooms.send_text("lobby", "4")
            await wait_until_idle()
            backend.read_at_once()
            await wait_until_idle()
        assert ada.heard == ["1", *["2", "3", "4"] * 2]


async def test_what_comes_again_while_a_gap_is_filled_is_given_once():
    (backend, rooms), ada = lossy_rooms(), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        backend.bring_late()
        await rooms.send_text("lobby", "1")
        late = backend.late
        backend.bring()
        backend.connect_again()
        backend.late = late
        backend.bring()
        await wait_until_idle()
        assert ada.heard == ["1"]


async def test_a_gap_while_a_gap_is_filled_is_filled_next():
    backend, rooms = lossy_rooms(History())

    class Fateful(Guest):
        async def send(self, message):
            await super().send(message)
            if message.get("text") == "1":
                backend._histories.add("lobby", b"t\0\0\0\0" + b"3", History())
                backend.connect_again()
                await rooms.send_text("lobby", "4")

    ada = Fateful()
    async with rooms.lifespan(), together(rooms, ada):
        backend.lose()
        await rooms.send_text("lobby", "1")
        await rooms.send_text("lobby", "2")
        backend.connect_again()
        await wait_until_idle()
        assert ada.heard == ["1", "2", "3", "4"]
        assert rooms.statistics().total.filled == 2


async def test_a_gap_is_filled_where_the_lifespan_begins_again():
    (backend, rooms), ada = lossy_rooms(), Guest()
    async with anyio.create_task_group() as tasks:
        async with rooms.lifespan():
            await tasks.start(ada.stay, rooms, "lobby", {})
            backend.hold_before = anyio.Event()
            backend.connect_again()
            await rooms.send_text("lobby", "1")
            await wait_until_idle()
        backend.read_at_once()
        async with rooms.lifespan():
            await rooms.send_text("lobby", "2")
            await wait_until_idle()
            assert ada.heard == ["1", "2"]
            ada.leave()
            await ada.until_left()


async def test_a_room_that_is_left_while_its_gap_is_filled_is_let_alone():
    (backend, rooms), ada, bob = lossy_rooms(), Guest(), Guest()
    async with rooms.lifespan():
        async with together(rooms, ada, bob), together(rooms, Guest(), room="attic"):
            backend.hold_before = anyio.Event()
            backend.connect_again()
            await wait_until_idle()
        backend.read_at_once()
        await wait_until_idle()
        assert rooms.statistics().total.members == 0


@pytest.mark.parametrize("hold", ["hold_before", "hold_behind"])
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("lost", [True, False])
async def test_who_joins_while_much_happens_gets_each_message_once(hold, after, lost):
    (backend, rooms), ada = lossy_rooms(History()), Guest()
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        async with together(rooms, first := Guest()):
            begin = first.room.offset
        await rooms.send_text("lobby", "1")
        setattr(backend, hold, anyio.Event())
        options = {"after": begin} if after else {}
        tasks.start_soon(ada.stay, rooms, "lobby", options)
        await wait_until_idle()
        await rooms.send_text("lobby", "2")
        if lost:
            backend.lose()
            await rooms.send_text("lobby", "3")
            backend.connect_again()
            await wait_until_idle()
        await rooms.send_text("lobby", "4")
        backend.read_at_once()
        await wait_until_idle()
        await rooms.send_text("lobby", "5")
        await wait_until_idle()
        everything = ["1", "2", *["3"] * lost, "4", "5"]
        if after:
            assert ada.heard == everything
        elif hold == "hold_before":
            assert ada.heard == ["5"]
        else:
            assert ada.heard == everything[1:]
        ada.leave()


async def test_who_joins_a_busy_room_is_told_where_something_may_be_missing():
    (backend, rooms), ada = lossy_rooms(History(messages=1)), Guest()
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        begin = (await backend.read("lobby", None, HISTORY)).offset
        await rooms.send_text("lobby", "gone")
        backend.hold_before = anyio.Event()
        tasks.start_soon(ada.stay, rooms, "lobby", {"after": begin})
        await wait_until_idle()
        for number in range(3):
            await rooms.send_text("lobby", str(number))
        backend.read_at_once()
        await wait_until_idle()
        assert ada.heard == [MISSED, "0", MISSED, "1", MISSED, "2"]
        ada.leave()


HELD = History(messages=3)
"""While it is read, three messages are held: no more than it keeps itself."""


@pytest.mark.parametrize("after", [True, False])
async def test_who_joins_while_more_comes_than_is_held_is_told(after):
    (backend, rooms), ada = lossy_rooms(HELD, queue=2), Guest()
    async with rooms.lifespan(), anyio.create_task_group() as tasks:
        begin = (await backend.read("lobby", None, HELD)).offset
        await rooms.send_text("lobby", "1")
        backend.hold_behind = anyio.Event()
        tasks.start_soon(ada.stay, rooms, "lobby", {"after": begin} if after else {})
        await wait_until_idle()
        for number in range(2, 7):
            await rooms.send_text("lobby", str(number))
        backend.read_at_once()
        await wait_until_idle()
        await rooms.send_text("lobby", "7")
        await wait_until_idle()
        assert ada.heard == [*["1"] * after, MISSED, "4", "5", "6", "7"]
        assert ada.room.missed is None
        ada.leave()


@pytest.mark.parametrize("hold", ["hold_before", "hold_behind"])
async def test_what_cannot_be_held_while_a_gap_is_filled_is_told(hold):
    (backend, rooms), ada = lossy_rooms(HELD, queue=2), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        await rooms.send_text("lobby", "1")
        setattr(backend, hold, anyio.Event())
        backend.connect_again()
        await wait_until_idle()
        for number in range(2, 7):
            await rooms.send_text("lobby", str(number))
        backend.read_at_once()
        await wait_until_idle()
        await rooms.send_text("lobby", "7")
        await wait_until_idle()
        assert ada.heard == ["1", MISSED, "4", "5", "6", "7"]
        assert rooms.statistics().total.gaps == 1


async def test_messages_that_come_late_do_not_come_twice():
    """What one connection brings late, the other may have read already."""
    (backend, rooms), ada, bob = lossy_rooms(History()), Guest(), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        backend.lose()
        begin = ada.room.offset
        late = await backend.publish("lobby", b"t\0\0\0\0" + b"1", History())
        async with together(rooms, bob, after=begin):
            assert bob.heard == ["1"]
            for listener in backend._listeners:
                listener.message("lobby", b"t\0\0\0\0" + b"1", late)
                listener.message("lobby", b"t\0\0\0\0" + b"1", late)
            backend.lost.clear()
            await rooms.send_text("lobby", "2")
            await wait_until_idle()
            assert ada.heard == bob.heard == ["1", "2"]


async def test_what_others_have_kept_in_a_room_is_left_out():
    (backend, rooms), ada = lossy_rooms(), Guest()
    async with rooms.lifespan():
        begin = (await backend.read("lobby", None, HISTORY)).offset
        await backend.publish("lobby", b"?", HISTORY)
        await rooms.send_text("lobby", "1")
        async with together(rooms, ada, after=begin):
            assert ada.heard == ["1"]
