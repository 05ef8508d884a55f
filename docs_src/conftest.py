"""Which of the scripts cannot be played on every event loop."""

from pathlib import Path

import pytest

ASYNCIO_ALONE = {
    "frameworks/in_quart.duo": "Quart stops with the help of asyncio",
    "frameworks/quart_lifespan.duo": "Quart stops with the help of asyncio",
}


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.name == "trio":
            reason = ASYNCIO_ALONE.get(item.path.relative_to(here).as_posix())
            if reason is not None:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
