import pytest

from duologue.limits import Limits, Refused
from duologue.limits._limits import TokenBucket


def test_connections_are_counted_in_and_out():
    limits = Limits(connections=2)
    assert limits.enter("192.0.2.1")
    assert limits.enter(None)
    assert not limits.enter("192.0.2.2")
    assert not limits.enter("192.0.2.2")
    limits.leave(None)
    assert limits.enter("192.0.2.2")
    assert not limits.enter("192.0.2.2")
    assert limits.refused == Refused(connections=3)


def test_connections_of_each_client():
    limits = Limits(connections_per_client=1)
    assert limits.enter("192.0.2.1")
    assert limits.enter("192.0.2.2")
    assert not limits.enter("192.0.2.1")
    assert not limits.enter("192.0.2.1")
    limits.leave("192.0.2.1")
    assert limits.enter("192.0.2.1")
    assert limits.refused == Refused(connections_per_client=2)


def test_clients_without_an_address_are_not_taken_for_one():
    limits = Limits(connections_per_client=1)
    assert limits.enter(None)
    assert limits.enter(None)


def test_nothing_is_kept_of_a_client_that_has_left():
    limits = Limits()
    limits.enter("192.0.2.1")
    limits.enter("192.0.2.1")
    limits.leave("192.0.2.1")
    assert limits._open == {"192.0.2.1": 1}
    limits.leave("192.0.2.1")
    assert not limits._open


@pytest.mark.parametrize(
    "limit",
    [
        "message_size",
        "message_rate",
        "message_burst",
        "idle_seconds",
        "connections",
        "connections_per_client",
    ],
)
def test_limit_of_nothing_is_a_mistake(limit):
    with pytest.raises(ValueError) as caught:
        Limits(**{limit: 0})
    assert str(caught.value) == f"{limit} is above zero, or None for no limit, not 0."


@pytest.mark.parametrize(
    "limit", ["message_size", "message_burst", "connections", "connections_per_client"]
)
def test_limit_that_would_allow_nothing_is_a_mistake(limit):
    with pytest.raises(ValueError) as caught:
        Limits(**{"message_rate": 1, limit: 0.5})
    assert str(caught.value) == f"{limit} is at least 1, or None for no limit, not 0.5."
    assert getattr(Limits(**{"message_rate": 0.5, limit: 1}), limit) == 1


def test_limit_that_is_no_number_is_a_mistake():
    with pytest.raises(TypeError) as caught:
        Limits(message_size="1 MB")
    assert str(caught.value) == "message_size is a number, or None for no limit, not '1 MB'."


def test_burst_without_a_rate_is_a_mistake():
    with pytest.raises(ValueError) as caught:
        Limits(message_burst=10)
    assert str(caught.value) == "message_burst needs a message_rate, at which it fills up again."


def test_idle_code_is_one_that_may_be_sent():
    with pytest.raises(ValueError):
        Limits(idle_seconds=1, idle_code=1006)


def test_bucket_gives_a_burst_then_a_rate():
    bucket = TokenBucket(rate=2, burst=3, now=0)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (None, None),
        ("", None),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a:b", "a:b"),
        ("testclient", "testclient"),
    ],
)
def test_client_of_an_address(address, client):
    assert Limits().name(address) == client


def test_network_of_a_client_may_be_larger_or_smaller():
    assert Limits(ipv6_prefix=56).name("2001:db8:1:2:3:4:5:6") == "2001:db8:1::/56"
    assert Limits(ipv6_prefix=128).name("2001:db8::6") == "2001:db8::6/128"
    assert Limits(ipv6_prefix=1).name("2001:db8::6") == "::/1"


@pytest.mark.parametrize("prefix", [0, 129])
def test_network_has_from_1_to_128_bits(prefix):
    with pytest.raises(ValueError) as raised:
        Limits(ipv6_prefix=prefix)
    assert str(raised.value) == f"An IPv6 address has 128 bits, not {prefix}."


@pytest.mark.parametrize("prefix", [None, 63.5, "64"])
def test_network_has_a_whole_number_of_bits(prefix):
    with pytest.raises(TypeError) as raised:
        Limits(ipv6_prefix=prefix)
    assert str(raised.value) == f"ipv6_prefix is a number of bits, not {prefix!r}."


def test_each_silence_is_counted():
    limits = Limits(idle_seconds=2.5, idle_code=4000)
    assert limits.note_silence() == (4000, "Nothing was received for 2.5 seconds.")
    limits.note_silence()
    assert limits.refused == Refused(idle_seconds=2)
