"""Talking to a program in the browser, here on the Python that runs the tests."""

import asyncio
import json

import anyio
import pytest
from patience import MOMENT

from docs_tools.playground.stage import Stage
from docs_tools.project.snippets import Snippet
from duologue.scripts import parse, play


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"  # the only one of Pyodide


class Talk:
    """A reader who talks to a program."""

    def __init__(self, folder, name):
        self.reports = []
        self.changed = asyncio.Event()
        self.stage = Stage(self.take, folder)
        program = Snippet(name).program.read_text("utf-8")
        self.playing = asyncio.ensure_future(self.stage.talk(name, program))

    def take(self, report):
        self.reports.append(json.loads(report))
        self.changed.set()

    async def until(self, event, times=1, **values):
        with anyio.fail_after(MOMENT):
            while self.reports.count({"event": event} | values) < times:
                self.changed.clear()
                await self.changed.wait()

    async def hear(self, client, said):
        await self.until("said", client=client, said=said)

    async def end(self):
        with anyio.fail_after(MOMENT):
            await self.playing
        return self.reports[-1]


@pytest.fixture
async def talk(tmp_path):
    talks = []

    async def begin(name):
        talks.append(Talk(tmp_path, name))
        await talks[0].until("listening")
        return talks[0], talks[0].stage.console

    yield begin
    for each in talks:
        each.stage.stop()
        await each.end()


async def test_what_is_said_becomes_a_script_that_holds(talk):
    reader, console = await talk("websockets/echo")
    console.open("ada", "/ws")
    await reader.hear("ada", "ada< accept")
    console.say("ada", "good evening")
    await reader.hear("ada", 'ada< "Message text was: good evening"')
    console.say("ada", "close 1000")
    await reader.until("ended", client="ada")
    console.leave()
    kept = await reader.end()
    assert kept == {
        "event": "kept",
        "script": '> open /ws\n< accept\n> "good evening"\n'
        '< "Message text was: good evening"\n> close 1000\n',
    }
    await play(parse(kept["script"]), app_of("websockets/echo"))


async def test_two_clients_are_told_apart(talk):
    reader, console = await talk("scripts/room")
    for client in ("ada", "bob"):
        console.open(client, f"/room?name={client.title()}")
        await reader.hear(client, f'{client}< "Welcome, {client.title()}!"')
    console.say("bob", "Hello!")
    for client in ("ada", "bob"):
        await reader.hear(client, f'{client}< "Bob: Hello!"')
    console.leave()
    kept = await reader.end()
    lines = kept["script"].splitlines()
    assert [line for line in lines if line.startswith("ada")] == [
        "ada> open /room?name=Ada",
        "ada< accept",
        'ada< "Welcome, Ada!"',
        'ada< "Bob: Hello!"',
        "ada> close 1000",
    ]
    await play(parse(kept["script"]), app_of("scripts/room"))


async def test_a_client_may_come_again(talk):
    reader, console = await talk("websockets/echo")
    for times in (1, 2):
        console.open("ada", "/ws")
        console.open("ada", "/ws")  # it is there already
        console.say("ada", "close 1000")
        await reader.until("ended", times, client="ada")
    console.say("ada", "too late")
    console.leave()
    kept = await reader.end()
    assert kept["script"] == "> open /ws\n< accept\n> close 1000\n" * 2


async def test_talking_can_be_stopped(talk):
    reader, console = await talk("websockets/echo")
    console.open("ada", "/ws")
    await reader.hear("ada", "ada< accept")
    reader.stage.stop()
    assert await reader.end() == {"event": "stopped"}


def app_of(name):
    namespace = {}
    exec(Snippet(name).program.read_text("utf-8"), namespace)
    return namespace["app"]
