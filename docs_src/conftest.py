"""Leaves out what the scripts cannot be played on: some need the event loop of asyncio."""

from pathlib import Path

from docs_tools.project.snippets import ASYNCIO_ALONE


def pytest_collection_modifyitems(items):
    scripts = {Path(__file__).parent / f"{name}.duo" for name in ASYNCIO_ALONE}
    items[:] = [item for item in items if item.path not in scripts or item.name != "trio"]
