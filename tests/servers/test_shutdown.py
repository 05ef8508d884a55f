"""What a process does that is told to stop, on every server: real signals, real sockets."""

import os
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from patience import MOMENT, limit
from rough_client import Client, Closed
from variants import VARIANTS, Server, serving

# uvicorn takes uvloop where it is installed, and gunicorn can.
UVLOOP = [
    replace(variant, name=f"{name}-uvloop", command=variant.command.replace("asyncio", "uvloop"))
    for name, variant in VARIANTS.items()
    if name in {"uvicorn-websockets-sansio", "gunicorn"}
]
# Their main process alone gets the signal where they have workers.
OWN_PROCESS = [
    replace(variant, command=f"{variant.command} --workers 0")
    if variant.server in {"hypercorn", "anycorn"}
    else variant
    for variant in VARIANTS.values()
]
EVERY_SERVER = pytest.mark.parametrize(
    "variant", [*OWN_PROCESS, *UVLOOP], ids=lambda each: each.name
)


WITH_LIFESPAN = pytest.mark.parametrize(
    "variant",
    [variant for variant in [*OWN_PROCESS, *UVLOOP] if variant.server != "daphne"],  # it has none
    ids=lambda each: each.name,
)


def serve(variant, app, **environment):
    # The one that FastAPI has stands apart: it would make all others start slowly.
    module = "beside_apps" if app == "beside" else "shutdown_apps"
    return serving(variant, f"{module}:{app}", Path(__file__).parent, **environment)


def seconds_of_work(server: Server) -> float:
    """Tell how long the processors have worked for a server, all its processes together."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        if int(fields[2]) == server.pid:  # the process group: see proc_pid_stat(5)
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@EVERY_SERVER
@pytest.mark.parametrize("app", ["nested", "beside"])
def test_applications_beside_one_another_send_a_last_message_and_the_server_stops(variant, app):
    with serve(variant, app) as server, Client(f"{server.url}/a/news") as client:
        assert client.receive() == "hello"
        server.terminate()
        assert client.receive() == "one moment"
        before = seconds_of_work(server)
        assert client.receive() == "last"
        # Two that pass the signal on to each other would have worked all the time.
        assert seconds_of_work(server) - before < 0.3
        # Behind another framework, daphne is not recognised: it drops the reason.
        dropped = variant.server == "daphne" and app == "beside"
        assert client.receive() == Closed(4000, "" if dropped else "restart")
        server.wait()


@EVERY_SERVER
def test_applications_beside_one_another_do_not_keep_the_server_from_being_interrupted(variant):
    with serve(variant, "nested") as server, Client(f"{server.url}/a/news") as client:
        assert client.receive() == "hello"
        client.close()
        begin = time.monotonic()
        server.interrupt()
        if variant.setting == "trio" and not server.ends(MOMENT):
            # Trio raises it in whatever runs. That may be an application that is just leaving a
            # block: then the server logs an error of the application, and goes on.
            server.interrupt()
        server.wait()
        assert time.monotonic() - begin < limit(20)


@WITH_LIFESPAN
@pytest.mark.parametrize("failure", ["exit", "cancel"])
def test_application_that_cannot_start_is_not_served(variant, failure):
    with (
        pytest.raises(RuntimeError, match=r"(?s)does not listen.*no SECRET_KEY"),
        serve(variant, "unable_to_start", FAILURE=failure) as server,
    ):
        # These may listen for a moment, before the failure has reached their main task.
        assert variant.server in {"hypercorn", "anycorn"}
        server.wait()
        raise RuntimeError(f"{server.trouble()}, and does not listen:\n{''.join(server.log)}")


@WITH_LIFESPAN
@pytest.mark.parametrize("failure", ["exit"])
def test_application_that_cannot_stop_well_stops_all_the_same(variant, failure):
    # On trio, their own process ends at once: only their workers have a shutdown.
    variant = VARIANTS.get(variant.name, variant)
    with serve(variant, "unable_to_stop", FAILURE=failure) as server:
        with Client(f"{server.url}/news") as client:
            assert client.receive() == "hello"
            client.close()
        server.terminate()
        server.wait()
    if variant.name != "hypercorn-trio":  # its workers say nothing
        assert "no SECRET_KEY" in "".join(server.log)


@EVERY_SERVER
def test_endpoints_that_sleep_are_cancelled_and_the_server_stops(variant):
    with serve(variant, "hanging") as server, Client(f"{server.url}/sleep") as client:
        assert client.receive() == "hello"
        server.terminate()
        assert client.receive() == Closed(4000)
        server.wait()  # it would wait for ten minutes


@pytest.mark.parametrize(
    "variant",
    [each for each in [*OWN_PROCESS, *UVLOOP] if each.server != "daphne"],  # its `send` never waits
    ids=lambda each: each.name,
)
def test_clients_that_do_not_read_delay_nothing(variant):
    with serve(variant, "hanging") as server, ExitStack() as deaf:
        for _ in range(3):
            deaf.enter_context(Client(f"{server.url}/pour", buffer=1 << 12))
        with Client(f"{server.url}/sleep") as client:
            assert client.receive() == "hello"
            server.terminate()
            assert client.receive() == Closed(4000)
            if variant.waits_for_clients:
                deaf.close()
            server.wait()
