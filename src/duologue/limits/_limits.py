"""The limits, the counters of what they refused, and the token bucket of a rate."""

import ipaddress
from collections import Counter
from dataclasses import dataclass, field

from duologue import status
from duologue._asgi.protocol import check_close


@dataclass
class Refused:
    """How often each limit has been exceeded.

    Attributes:
        message_size: Connections closed because a message was too large.
        message_rate: Connections closed because messages came too fast.
        idle_seconds: Connections closed because the client was idle.
        send_seconds: Connections closed because the client did not read a message in time.
        connections: Handshakes denied because too many connections were open.
        connections_per_client: Handshakes denied because their client had too many connections.
    """

    message_size: int = 0
    message_rate: int = 0
    idle_seconds: int = 0
    send_seconds: int = 0
    connections: int = 0
    connections_per_client: int = 0


# Below 1, nothing at all would be allowed.
_COUNTED = {"message_size", "message_burst", "connections", "connections_per_client"}


@dataclass(eq=False)
class Limits:
    """Limits for the WebSockets of an application. A limit that is `None` does not apply.

    One object may serve several applications. Their connections then count together.

    Args:
        message_size: How many bytes one message of the client may have; text counts as UTF-8.
        message_rate: How many messages a client may send each second, on average.
        message_burst: How many messages it may send at once after a pause. The default is those of
            one second.
        idle_seconds: How many seconds a client may be idle while the application waits for it.
        idle_code: The close code for a client that was idle too long.
        send_seconds: How many seconds sending one message may take, to a client that does not read.
        connections: How many connections may be open at the same time.
        connections_per_client: How many may be open from one client address.
        ipv6_prefix: How many bits of an IPv6 address identify a client. A household or a server
            usually has a network of its own with 64 bits (RFC 6177).

    Attributes:
        refused: How often each limit has been exceeded, a `Refused`.

    Raises:
        ValueError: A limit is not above zero, or one that counts bytes, messages or connections is
            below 1, or `idle_code` is not allowed, or there is a `message_burst` without a
            `message_rate`, or `ipv6_prefix` is above 128.
        TypeError: A limit is not a number, or `ipv6_prefix` is not an integer.
    """

    message_size: int | None = None
    message_rate: float | None = None
    message_burst: int | None = None
    idle_seconds: float | None = None
    idle_code: int = status.WS_1001_GOING_AWAY
    send_seconds: float | None = 30
    connections: int | None = None
    connections_per_client: int | None = None
    ipv6_prefix: int = 64
    refused: Refused = field(default_factory=Refused, init=False)
    _open: Counter[str | None] = field(default_factory=Counter[str | None], init=False, repr=False)
    _total: int = field(default=0, init=False, repr=False)  # of a crowd, to add up takes long

    def __post_init__(self) -> None:
        for name in (
            "message_size",
            "message_rate",
            "message_burst",
            "idle_seconds",
            "send_seconds",
            "connections",
            "connections_per_client",
        ):
            value = getattr(self, name)
            if value is not None and not isinstance(value, int | float):
                raise TypeError(f"{name} is a number, or None for no limit, not {value!r}.")
            if value is not None and not value > 0:
                raise ValueError(f"{name} is above zero, or None for no limit, not {value!r}.")
            if name in _COUNTED and value is not None and value < 1:
                raise ValueError(f"{name} is at least 1, or None for no limit, not {value!r}.")
        if self.message_burst is not None and self.message_rate is None:
            raise ValueError("message_burst needs a message_rate, at which it fills up again.")
        if not isinstance(self.ipv6_prefix, int):
            raise TypeError(f"ipv6_prefix is a number of bits, not {self.ipv6_prefix!r}.")
        if not 0 < self.ipv6_prefix <= 128:
            raise ValueError(f"An IPv6 address has 128 bits, not {self.ipv6_prefix!r}.")
        check_close(self.idle_code, None)

    def name(self, address: str | None) -> str | None:
        """Return the name of the client that an address belongs to.

        The name of an IPv6 address is its network. An IPv4 address is its own name, even if it is
        written as an IPv6 address (RFC 4291 section 2.5.5.2). Text that is not an IP address is its
        own name, too.

        Args:
            address: The address of the client, if it is known.

        Returns:
            The client, or `None` if it is not known.
        """
        if not address or ":" not in address:
            return address or None
        try:
            parsed = ipaddress.IPv6Address(address)
        except ValueError:
            return address
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        free = 128 - self.ipv6_prefix
        return f"{ipaddress.IPv6Address(int(parsed) >> free << free)}/{self.ipv6_prefix}"

    def note_silence(self) -> tuple[int, str]:
        """Count a client that was idle too long.

        Returns:
            The close code and the reason.
        """
        self.refused.idle_seconds += 1
        return self.idle_code, f"Nothing was received for {self.idle_seconds:g} seconds."

    def enter(self, client: str | None) -> bool:
        """Count a new connection, or refuse it.

        Args:
            client: The client, as returned by `name`.

        Returns:
            Whether the connection is allowed. If so, call `leave` when it has ended.
        """
        if self.connections is not None and self._total >= self.connections:
            self.refused.connections += 1
            return False
        per_client = self.connections_per_client
        if per_client is not None and client is not None and self._open[client] >= per_client:
            self.refused.connections_per_client += 1
            return False
        self._open[client] += 1
        self._total += 1
        return True

    def leave(self, client: str | None) -> None:
        """Count the end of a connection."""
        self._total -= 1
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]  # else the counter would grow with every address ever seen


class TokenBucket:
    """A rate, with a burst after a pause.

    Args:
        rate: How many tokens come back each second.
        burst: How many there are at most, and at first.
        now: The time in seconds, on any clock.
    """

    __slots__ = ("_burst", "_rate", "_time", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._time = now

    def take(self, now: float) -> bool:
        """Take a token, if there is one.

        Args:
            now: The time in seconds, on the same clock.

        Returns:
            Whether there was one.
        """
        self._tokens = min(self._burst, self._tokens + (now - self._time) * self._rate)
        self._time = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
