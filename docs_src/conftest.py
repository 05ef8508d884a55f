"""Marks the scripts that cannot be played on every event loop."""

from pathlib import Path

import pytest

from docs_tools.snippets import ASYNCIO_ALONE


def pytest_collection_modifyitems(items):
    scripts = {Path(__file__).parent / f"{name}.duo" for name in ASYNCIO_ALONE}
    for item in items:
        if item.path in scripts and item.name == "trio":
            item.add_marker(pytest.mark.xfail(reason="it needs asyncio", strict=True))
