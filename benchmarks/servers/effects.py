"""What each choice of a deployment changes: a ratio, or a time."""

import itertools
import json
import random
import time
import timeit
from statistics import median

import orjson
import uvloop

from benchmarks.servers.clients import Crowd, answer_size, frame, processor_times
from benchmarks.servers.contenders import busy, running
from duologue.uvicorn._deflate import Deflate, agree

_random = random.Random(1)
_WORDS = ("to", "be", "or", "not", "that", "is", "the", "question", "whether", "tis", "nobler")


def _message() -> bytes:
    lines = [
        {
            "id": _random.randrange(1 << 32),
            "author": _random.choice(_WORDS),
            "text": " ".join(_random.choices(_WORDS, k=8)),
        }
        for _ in range(11)
    ]
    return json.dumps(lines).encode()


TEXTS = [_message() for _ in range(100)]
"""Of about 1 kB each, like most that is said in JSON."""

ROUNDS = 25
TIMES = 200


def _time(work: object) -> float:
    return min(timeit.repeat(work, number=TIMES, repeat=ROUNDS)) / TIMES  # type: ignore[arg-type]


def deflate() -> dict[str, float]:
    """What compression adds to a message of 1 kB, in µs each way, and what it leaves of it."""
    agreement = agree(["permessage-deflate; client_max_window_bits"])
    assert agreement is not None
    sender, receiver = Deflate(agreement), Deflate(agreement)
    texts, shares = itertools.cycle(TEXTS), []

    def work() -> None:
        text = next(texts)
        compressed = sender.compress(text)
        shares.append(len(compressed) / len(text))
        receiver.inflate(compressed, True, len(text))

    return {"deflate_time": _time(work) * 1e6, "deflate_size": median(shares)}


def codec() -> dict[str, float]:
    """What orjson takes to read and write 1 kB of JSON, of what `json` takes."""
    text = TEXTS[0].decode()
    plain = _time(lambda: json.dumps(json.loads(text)))
    return {"codec": _time(lambda: orjson.dumps(orjson.loads(text))) / plain}


CLIENTS, MESSAGES = 50, 5_000


async def _work(process: int, port: int, count: int) -> float:
    """Let clients talk with so many workers: the seconds that it takes."""
    said, answer = frame(64), answer_size(64)
    crowd = Crowd(port)
    while True:  # until all workers listen, and each has some of the clients
        await crowd.connect(CLIENTS, "")
        before = processor_times(process)
        await crowd.talk(said, answer, MESSAGES // 5, CLIENTS)
        after = processor_times(process)
        if len(before) == len(after):
            taken = [now - then for then, now in zip(before, after, strict=True)]
            if sum(each > max(taken) / 4 for each in taken) >= count:
                break
        crowd.leave()
    start = time.perf_counter()
    await crowd.talk(said, answer, MESSAGES, CLIENTS)
    return time.perf_counter() - start


def workers() -> dict[str, float]:
    """What two workers take of the time of one, where each message is work."""
    ratios = []
    for _ in range(3):
        taken = []
        for count in (1, 2):
            with running(busy(count)) as (process, port):
                taken.append(uvloop.run(_work(process, port, count)))
        ratios.append(taken[1] / taken[0])
    return {"workers": median(ratios)}
