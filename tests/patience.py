"""How long tests wait for what must come: the one place that says so.

A limit is there to end a test that hangs, and is far longer than what it stands around takes on a
machine of its own. Where a machine is slower still, ``TIME_LIMITS=3 make test`` triples them all.

What a test waits for on purpose, since nothing will come, is no limit: it stays as short as it is.
"""

import os


class TimeLimitsError(Exception):
    """What ``TIME_LIMITS`` says is not a factor; the message says what is one."""


def read_factor(text: str) -> float:
    """Read what all limits are multiplied by; nothing is 1.

    Raises:
        TimeLimitsError: It is not a number, or not above zero.
    """
    try:
        factor = float(text or 1)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise TimeLimitsError(
            f"TIME_LIMITS={text} is not a factor. Choose a number, as in: TIME_LIMITS=3"
        )
    return factor


FACTOR = read_factor(os.environ.get("TIME_LIMITS", ""))


def limit(seconds: float) -> float:
    """A time limit on this machine, by what it is on one that has nothing else to do."""
    return seconds * FACTOR


MOMENT = limit(10)  # for what happens in this process, and over its sockets
PAGE = limit(20)  # for what a browser shows
PROCESS = limit(60)  # for what another process does
SURVEY = limit(60)  # for everything that is looked at on a page
SITE = limit(40)  # of two cores, for the site in all languages; it takes 17 to 24, first 30
TEST = limit(180)  # for a whole test: then it fails, and the run goes on
BUILD = limit(600)  # for one that builds the site in all languages, or packages, or installs them
WORKER = limit(700)  # for a test that nothing ends but the end of its process
RUN = limit(1800)  # for all tests: no test begins any more
STAGE = limit(2400)  # for a stage of `make test`
