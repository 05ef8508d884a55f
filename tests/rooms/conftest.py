"""One Redis for all tests of rooms that need one."""

import pytest


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    from redis_server import running_redis

    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def quick(monkeypatch):
    """Connect again soon."""
    from duologue.rooms import _link

    monkeypatch.setattr(_link, "_LONGEST_DELAY", 0.1)
