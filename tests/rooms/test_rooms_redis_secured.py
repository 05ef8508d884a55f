"""A Redis that wants a password, or that is talked to over TLS."""

import ssl

import anyio
import pytest
import trustme
from guests import Guest, together
from listening import free_port
from patience import MOMENT
from redis_server import running_redis

from duologue.rooms import BackendError, Rooms
from duologue.rooms.redis import RedisBackend


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def redis(tmp_path_factory, authority):
    """A Redis with a port for TLS, too, and a user who may do what rooms need, and nothing else."""
    folder = tmp_path_factory.mktemp("redis")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    options = {
        "tls-port": free_port(),
        "tls-cert-file": folder / "server.pem",
        "tls-key-file": folder / "server.pem",
        "tls-auth-clients": "no",
    }
    with running_redis(folder, options) as server:
        server.tls_url = f"rediss://127.0.0.1:{options['tls-port']}"
        server.ask("ACL", "SETUSER", "ada", "on", ">s/cret", "~chat:*", "&chat:*", "+@all")
        yield server


async def speaks(backend):
    """Whether a member hears what is sent to its room."""
    rooms, ada = Rooms(backend), Guest()
    async with rooms.lifespan(), together(rooms, ada):
        await rooms.send_text("lobby", "hello")
        with anyio.fail_after(MOMENT):
            while ada.heard != ["hello"]:  # noqa: ASYNC110 - Redis does not tell
                await anyio.sleep(0.005)


async def test_a_user_has_a_password(redis):
    url = redis.url.replace("://", "://ada:s%2Fcret@")
    await speaks(RedisBackend(url, prefix="chat:"))


async def test_over_tls_redis_is_trusted_where_its_authority_is(redis, authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    await speaks(RedisBackend(redis.tls_url, ssl_context=context))


async def test_over_tls_a_stranger_is_not_trusted(redis):
    with pytest.raises(BackendError, match="certificate verify failed") as raised:
        await speaks(redis.tls_url)
    assert "\n" not in str(raised.value)
