"""Measures Duologue beside other libraries, and prints what came of it."""

import argparse
import platform
from importlib.metadata import version

from benchmarks import (
    application,
    connection,
    echo,
    imports,
    memory,
    paths,
    playing,
    rooms,
    rooms_of_sockets,
    rooms_over_redis,
    routes,
)
from benchmarks.turns import Result

CONTENDERS = ("raw ASGI", "Duologue", "Starlette", "Lilya", "Litestar", "broadcaster")

EXPLANATION = f"""\
How it was measured: the contenders take turns in one process, {{rounds}} rounds, and each time is a
median. The ratio is Duologue's share of Starlette's time; where raw ASGI takes part, of the time
that Starlette adds to it; it is the median of the rounds' own ratios, so that it does not matter
whether the machine was busy in some of them. The server is a function that never waits.
- echo: {echo.MESSAGES:,} messages a turn: a text of {len(echo.TEXT)} characters, or JSON of \
{len(echo.JSON)} with the
  standard library's codec.
- connection: {connection.CONNECTIONS:,} a turn, with a browser's headers: construct, accept, read
  url.path, one header and one query parameter, close. Starlette splits a URL that it has just
  seen faster: hence two lines.
- route: {routes.CONNECTIONS:,} connections a turn that a router hands to an endpoint, by a path \
with a
  parameter. The last line is Duologue over Duologue: many routes over few.
- path: hostile paths of so many characters, matched as a whole and at their start. The ratio is the
  time of a character over that in a path of a quarter of the length: 1 where the time is linear.
- app: the same through a whole application with one route, in time of the processor. It runs in an
  event loop, and waits for each message. {application.CONNECTIONS:,} connections or \
{application.MESSAGES:,} messages a turn.
  Memory is that of {application.IDLE:,} connections that are open, but for what the server keeps.
- rooms: what one delivery takes, in time of the processor, where every server takes a message at
  once: beside the usual loop over the members of Starlette, and the channels of Litestar. Every
  connection has a task with its endpoint, which receives. The lines with "over" a number are
  Duologue over Duologue: 1 where nothing counts but the members of the room. Memory is what Python
  has taken for a connection whose endpoint is in a room, or subscribes; then less that of one whose
  endpoint only receives.
- Redis: from process to process, through a redis-server of its own, in seconds that pass; it is
  left out where that program is not installed. {rooms_over_redis.MANY} tasks publish \
{rooms_over_redis.MESSAGES:,} messages to one room, and
  then {rooms_over_redis.SOME}: the time is that of all, over their number; and that of the \
processor, in both processes
  together, which other work on the machine changes less. For the latency, one task publishes now
  and then. What is received is sent to one WebSocket, whose server takes it at once; with
  broadcaster, Starlette's.
- uvicorn, p99: {rooms_of_sockets.MEMBERS:,} clients over loopback in one room. One speaks, again \
when all others have
  heard it: the time is what a message takes to the last of a hundred, while one client does not
  read, over the same while all do.
- uvicorn, memory: that of its process, for each of {memory.CONNECTIONS:,} clients that say \
nothing, without
  compression. Linux tells it. The last line is Duologue's over {memory.MOST} kB of 1,024 bytes.
- import: each in a new interpreter, {{import_rounds}} rounds, byte code compiled before.
- playing: a real Chromium, over loopback, in seconds that pass; the median of {{visits}} visits.
  What is cached is that of the visit before. One host compresses what it sends, the other sends
  files as they are. Bytes are counted where they are sent."""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less, for a first look")
    return parser.parse_args()


def show_amount(seconds: float | None, in_bytes: bool) -> str:
    if seconds is None:
        return ""
    if in_bytes:
        return f"{seconds:,.0f} B"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.2f} µs"
    return f"{seconds * 1e3:.1f} ms"


def show(result: Result) -> str:
    times = "".join(
        f"{show_amount(result.seconds.get(name), result.in_bytes):>11}" for name in CONTENDERS
    )
    limit = "" if result.limit is None else f"{result.limit:.2f}"
    return f"{result.title:37}{times}{result.ratio:8.2f}{limit:>7}  {result.verdict}".rstrip()


def main() -> None:
    quick = parse_arguments().quick
    rounds, import_rounds = (15, 7) if quick else (101, 41)
    visits = 1 if quick else playing.ROUNDS
    print(
        ", ".join(f"{name} {version(name)}" for name in CONTENDERS[1:])
        + f" on {platform.python_implementation()} {platform.python_version()}\n"
    )
    header = "".join(f"{name:>11}" for name in CONTENDERS)
    print(f"{'':37}{header}{'ratio':>8}{'limit':>7}")
    for results in (
        echo.results(rounds),
        connection.results(rounds),
        routes.results(rounds),
        paths.results(import_rounds),
        application.results(rounds),
        rooms.results(5 if quick else 15),
        rooms_over_redis.results(3 if quick else 9),
        rooms_of_sockets.results(1 if quick else 5),
        memory.results(3),
        imports.results(import_rounds),
    ):
        for result in results:
            print(show(result))
    playing.main(visits)
    shown = EXPLANATION.format(rounds=rounds, import_rounds=import_rounds, visits=visits)
    print(f"\n{shown}")


if __name__ == "__main__":
    main()
