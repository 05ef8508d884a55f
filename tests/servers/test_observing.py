"""The guide "Log and measure": what its programs write, count and export."""

import json
import runpy
import shutil
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from patience import MOMENT, PROCESS
from variants import Variant, serving

from docs_tools.project.languages import ROOT
from duologue.scripts import load, play
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse

GUIDES = ROOT / "docs_src" / "how_to"


async def test_each_line_of_the_log_is_json(tmp_path):
    shutil.copy(GUIDES / "structured_log.py", tmp_path / "main.py")
    command = f"uvicorn {{app}} --port {{port}} --log-config {GUIDES / 'logging.json'}"
    variant = Variant("logging", "uvicorn", "", command, "Uvicorn running on")
    with serving(variant, "main:app", tmp_path) as server:
        with anyio.fail_after(PROCESS):
            await play(load(GUIDES / "structured_log.duo"), server.url, timeout=MOMENT)
        server.terminate()
        server.wait()
    lines = [json.loads(line) for line in server.log]
    assert {"uvicorn.error", "chat"} <= {line["logger"] for line in lines}

    ada, bob = (line for line in lines if line["message"] == "connection ended")
    assert (ada["path"], ada["received"], ada["sent"], ada["code"]) == ("/chat", 1, 1, 1000)
    assert ada["status"] == 101
    assert (bob["path"], bob["received"], bob["sent"], bob["status"]) == ("/nothing", 0, 0, 404)
    [message] = (line for line in lines if line["message"] == "message")
    assert message["characters"] == len("Hello!")
    assert message["connection"] == ada["connection"] != bob["connection"]


def test_an_exception_is_part_of_its_line():
    program = runpy.run_path(str(GUIDES / "structured_log.py"))
    error = LookupError("nothing there")
    failure = (LookupError, error, None)
    record = program["log"].makeRecord("chat", 40, "", 1, "failed", (), failure)
    line = json.loads(program["JSONLines"]().format(record))
    assert line["exception"].endswith("LookupError: nothing there")
    assert line["connection"] is None


async def close_at_once(scope, receive, send):
    """Deny the handshake as an application does that does not know denial responses."""
    await receive()
    await send({"type": "websocket.close", "code": 4001})


async def test_a_handshake_that_is_closed_has_a_status_and_no_code(caplog):
    program = runpy.run_path(str(GUIDES / "structured_log.py"))
    caplog.set_level("INFO", logger="chat")
    async with AsyncTestClient(program["LogConnections"](close_at_once)) as client:
        with pytest.raises(WebSocketDenialResponse):
            async with client.websocket_connect("/chat"):
                pass
    [record] = (each for each in caplog.records if each.message == "connection ended")
    assert record.fields["status"] == 403
    assert "code" not in record.fields


@asynccontextmanager
async def scraping(app):
    """Read the metrics as Prometheus does."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as http:

        async def scrape():
            answer = await http.get("/metrics/")
            assert answer.status_code == 200
            lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
            return {name: float(value) for name, value in (each.rsplit(" ", 1) for each in lines)}

        yield scrape


async def test_prometheus_is_told_of_connections_by_route():
    app = runpy.run_path(str(GUIDES / "metrics.py"))["app"]
    async with scraping(app) as scrape, AsyncTestClient(app) as client:
        async with client.websocket_connect("/chat/lobby") as ada:
            await ada.send_text("Hello!")
            assert await ada.receive_text() == "Hello!"
            during = await scrape()
            await ada.close(1001)
        with pytest.raises(WebSocketDenialResponse):
            async with client.websocket_connect("/nothing"):
                pass
        after = await scrape()

    assert during['connections{route="/chat/{room}"}'] == 1
    assert during["members"] == 1
    assert after['connections{route="/chat/{room}"}'] == 0
    assert after["members"] == 0
    assert after['handshakes_total{route="/chat/{room}",status="101"}'] == 1
    assert after['handshakes_total{route="",status="404"}'] == 1
    assert after['messages_total{direction="received",route="/chat/{room}"}'] == 1
    assert after['messages_total{direction="sent",route="/chat/{room}"}'] == 1
    assert after['closes_total{code="1001",route="/chat/{room}"}'] == 1
    assert after['connection_seconds_count{route="/chat/{room}"}'] == 1


async def test_prometheus_is_told_of_a_handshake_that_is_closed():
    program = runpy.run_path(str(GUIDES / "metrics.py"))
    async with AsyncTestClient(program["Measure"](close_at_once)) as client:
        with pytest.raises(WebSocketDenialResponse):
            async with client.websocket_connect("/chat/lobby"):
                pass
    async with scraping(program["app"]) as scrape:
        metrics = await scrape()
    assert metrics['handshakes_total{route="",status="403"}'] == 1
    assert not [name for name in metrics if name.startswith("closes_total")]


async def test_a_message_has_a_trace_of_its_own_with_a_link_to_its_connection():
    program = runpy.run_path(str(GUIDES / "tracing.py"))
    exporter = InMemorySpanExporter()
    program["provider"].add_span_processor(SimpleSpanProcessor(exporter))
    async with AsyncTestClient(program["app"]) as client:
        async with client.websocket_connect("/chat") as ada:
            await ada.send_text("Hello!")
            assert await ada.receive_text() == "Hello!"
            [message] = exporter.get_finished_spans()
        _, connection = exporter.get_finished_spans()
    program["provider"].shutdown()

    assert (message.name, message.parent, message.attributes) == (
        "message",
        None,
        {"characters": 6},
    )
    assert [link.context for link in message.links] == [connection.context]
    assert message.context.trace_id != connection.context.trace_id
