"""Where the traceback of an application begins."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import duologue
from duologue import Duologue
from duologue._tracebacks import tell_failure
from duologue.datastructures import URL
from duologue.testclient import AsyncTestClient


async def failure_of(start):
    @asynccontextmanager
    async def lifespan(app):
        yield start()

    with pytest.raises(Exception) as caught:
        await AsyncTestClient(Duologue([], lifespan=lifespan)).__aenter__()
    return tell_failure(caught.value.with_traceback(caught.tb.tb_next))


def frames(told):
    return [line for line in told.splitlines() if 'File "' in line]


def no_database():
    raise LookupError("no database")


async def test_it_begins_in_the_application():
    told = await failure_of(no_database)
    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("LookupError: no database")
    assert frames(told)
    assert all(f'File "{__file__}"' in frame for frame in frames(told))


async def test_what_the_application_calls_is_told_too():
    told = await failure_of(lambda: URL("ws://x").replace(port="no port"))
    first, *others = frames(told)
    assert f'File "{__file__}"' in first
    assert "duologue" in others[-1]


async def test_so_do_the_tracebacks_of_its_causes():
    def start():
        try:
            no_database()
        except LookupError as error:
            raise OSError("no network") from error

    told = await failure_of(start)
    assert "LookupError: no database" in told
    assert all(f'File "{__file__}"' in frame for frame in frames(told))


async def test_a_group_is_told_with_its_members():
    def start():
        raise ExceptionGroup("both", [LookupError("no database"), OSError("no network")])

    told = await failure_of(start)
    assert "LookupError: no database" in told
    assert "OSError: no network" in told


async def test_what_this_library_raises_on_purpose_is_a_line():
    assert await failure_of(lambda: "no dict") == (
        "TypeError: A lifespan yields a dict, to be shared as state, or nothing; not 'no dict'."
    )


def test_a_fault_of_this_library_keeps_its_traceback():
    place = Path(duologue.__file__).with_name("fault.py")
    with pytest.raises(KeyError) as caught:
        exec(compile("{}['fault']", str(place), "exec"))
    fault = caught.value.with_traceback(caught.value.__traceback__.tb_next)
    assert frames(tell_failure(fault)) == [f'  File "{place}", line 1, in <module>']
