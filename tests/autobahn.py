"""Runs Autobahn's test suite against uvicorn's WebSocket protocols, ours among them.

    python -m tests.autobahn --cases core

The suite wants CPython 2.7. What came of it is kept in ``conformance/autobahn.toml``, and shown on
the page Conformance: so the page is built without it. The compressed cases take a quarter of an
hour for each protocol, most of it in the suite itself.
"""

import argparse
import asyncio
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from uvicorn import Config, Server

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "conformance" / "autobahn.toml"
FOLDER = ROOT / "build" / "autobahn"
SUITE = "0.8.2"
CASES = {
    "core": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"],
    "compression": ["12.*", "13.*"],
}
PROTOCOLS = {
    "PicowsProtocol": "duologue.uvicorn:PicowsProtocol",
    "websockets-sansio": "websockets-sansio",
    "websockets": "websockets",
    "wsproto": "wsproto",
}
KINDS = {"OK": "ok", "INFORMATIONAL": "informational", "NON-STRICT": "non_strict"}


async def echo(scope, receive, send):
    """Repeat whatever comes."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def find_python() -> str | None:
    """Find a CPython 2.7: in the path, or among the versions of pyenv."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = sorted(versions.glob("2.7*/bin/python2.7"))
    return str(found[-1]) if found else shutil.which("python2.7")


def install(python: str) -> None:
    """Install the suite, once, into a folder of its own."""
    if not (FOLDER / "bin" / "wstest").exists():
        command = [python, "-m", "pip", "install", "--quiet", "--target", str(FOLDER)]
        subprocess.run([*command, f"autobahntestsuite=={SUITE}"], check=True)
        (FOLDER / "zope" / "__init__.py").touch()  # a namespace package, to this Python


async def run(python: str, protocol: str, cases: str) -> dict[str, str]:
    """Serve an echo, and run cases against it; tell how each went."""
    settings = {"lifespan": "off", "log_config": None, "ws_max_size": 64 << 20}
    server = Server(Config(echo, ws=PROTOCOLS[protocol], **settings))
    # It listens already: who connects before the server is up waits for it.
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    port = listening.getsockname()[1]
    reports = FOLDER / "reports" / protocol / cases
    specification = {
        "outdir": str(reports),
        "servers": [{"agent": protocol, "url": f"ws://127.0.0.1:{port}/"}],
        "cases": CASES[cases],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    path = FOLDER / f"{protocol}-{cases}.json"
    path.write_text(json.dumps(specification), encoding="utf-8")
    command = [python, str(FOLDER / "bin" / "wstest"), "-m", "fuzzingclient", "-s", str(path)]
    suite = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | {"PYTHONPATH": str(FOLDER)},
        stdout=subprocess.DEVNULL,
        cwd=FOLDER,
    )
    status = await suite.wait()
    server.should_exit = True
    await serving
    if status:
        raise RuntimeError(f"The suite has ended with status {status}.")
    found = json.loads((reports / "index.json").read_text(encoding="utf-8"))[protocol]
    return {case: worse(**told) for case, told in found.items()}


def worse(behavior: str, behaviorClose: str, **_: object) -> str:  # noqa: N803 - the suite's words
    """How a case went, where the end of the connection counts as well."""
    return behavior if behaviorClose in ("OK", "INFORMATIONAL") else "FAILED"


def row_of(protocol: str, cases: str, told: dict[str, str]) -> dict[str, object]:
    """What is kept of a run."""
    counts = Counter(KINDS.get(each, "failed") for each in told.values())
    others = [case for case, each in told.items() if each not in ("OK", "INFORMATIONAL")]
    return {
        "protocol": protocol,
        "cases": cases,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        **{kind: counts[kind] for kind in ("ok", "informational", "non_strict", "failed")},
        "others": sorted(others, key=lambda case: [int(part) for part in case.split(".")]),
    }


def write(rows: list[dict[str, object]]) -> None:
    """Write down what is known, in the order of the protocols."""
    order = [*PROTOCOLS]
    rows.sort(
        key=lambda row: (order.index(str(row["protocol"])), [*CASES].index(str(row["cases"])))
    )
    lines = [
        "# How uvicorn's protocols pass Autobahn's test suite: written by `make autobahn`.",
        f'suite = "{SUITE}"',
    ]
    for row in rows:
        lines += ["", "[[run]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items())]
    RECORD.write_text("\n".join([*lines, ""]), encoding="utf-8")


def main() -> int:
    """Run what is asked for, and keep what came of it beside what was kept before."""
    parser = argparse.ArgumentParser(prog="python -m tests.autobahn", description=__doc__)
    parser.add_argument("--cases", choices=[*CASES], action="append")
    parser.add_argument("--protocol", choices=[*PROTOCOLS], action="append")
    arguments = parser.parse_args()
    python = find_python()
    if python is None:
        print("Autobahn's test suite needs a CPython 2.7, as python2.7.", file=sys.stderr)
        return 1
    install(python)
    logging.disable()  # errors of clients are what the suite is about
    kept = tomllib.loads(RECORD.read_text("utf-8"))["run"] if RECORD.exists() else []
    for cases in arguments.cases or CASES:
        for protocol in arguments.protocol or PROTOCOLS:
            row = row_of(protocol, cases, asyncio.run(run(python, protocol, cases)))
            print(*(f"{name}: {value}" for name, value in row.items()), sep="  ", flush=True)
            others = [
                each for each in kept if (each["protocol"], each["cases"]) != (protocol, cases)
            ]
            kept = [*others, row]
            write(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
