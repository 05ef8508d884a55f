import pytest

from duologue import Duologue, WebSocketRoute
from duologue.scripts import AppConnector, Recorder, ScriptFailure, Text, load, parse, play


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Duologue(routes=[WebSocketRoute("/echo", echo)])


@pytest.mark.anyio
async def test_record(tmp_path):
    recorder = Recorder()  # <--
    async with AppConnector(app) as connector:  # <--
        channel = connector.channel("/echo", [], [])  # <--
        recorder.open("/echo")  # <--
        recorder.answer(await channel.open())  # <--
        recorder.send(Text("hello"))  # <--
        await channel.send("hello")
        recorder.receive(await channel.receive())  # <--
        recorder.wait(0.01)  # <--
        recorder.close(1000)  # <--
        await channel.close(1000, "")
    recorder.script.write(tmp_path / "echo.duo")  # <--
    await play(load(tmp_path / "echo.duo"), app)  # <--


@pytest.mark.anyio
async def test_connection_is_lost():
    recorder = Recorder("ada")
    async with AppConnector(app) as connector:
        channel = connector.channel("/echo", [], [])
        recorder.open("/echo")
        recorder.answer(await channel.open())
        recorder.drop()  # <--
        await channel.drop()
    assert str(recorder.script) == "ada> open /echo\nada< accept\nada> drop\n"


@pytest.mark.anyio
async def test_script_does_not_hold():
    script = parse('> open /echo\n< accept\n> "hello"\n< "goodbye"\n> close 1000\n')
    with pytest.raises(ScriptFailure):  # <--
        await play(script, app)
