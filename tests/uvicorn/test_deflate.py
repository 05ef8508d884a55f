"""permessage-deflate: what is agreed upon, and what comes of it."""

import zlib

import pytest

from duologue.uvicorn._deflate import Deflate, InflatedError, agree

NAME = "permessage-deflate"


def answer(*offers):
    agreement = agree(list(offers))
    return agreement and agreement.answer.decode().removeprefix(NAME)


@pytest.mark.parametrize(
    ("offer", "agreed"),
    [
        ("", "; server_max_window_bits=12"),
        ("; client_max_window_bits", "; server_max_window_bits=12; client_max_window_bits=12"),
        ("; client_max_window_bits=8", "; server_max_window_bits=12; client_max_window_bits=8"),
        ('; server_max_window_bits="9"', "; server_max_window_bits=9"),
        ("; server_max_window_bits=15", "; server_max_window_bits=12"),
        ("; server_no_context_takeover", "; server_max_window_bits=12; server_no_context_takeover"),
        ("; client_no_context_takeover", "; server_max_window_bits=12; client_no_context_takeover"),
    ],
)
def test_an_offer_is_agreed_to_as_rfc_7692_says(offer, agreed):
    assert answer(NAME + offer) == agreed


@pytest.mark.parametrize(
    "offer",
    [
        "; server_max_window_bits",  # without a value
        "; server_max_window_bits=8",  # which zlib cannot do
        "; server_max_window_bits=16",
        "; server_max_window_bits=09",
        "; client_max_window_bits=7",
        "; server_no_context_takeover=1",
        "; client_no_context_takeover; client_no_context_takeover",
        "; turbo",
    ],
)
def test_an_offer_that_breaks_a_rule_is_passed_over_for_the_next_one(offer):
    assert answer(NAME + offer) is None
    assert answer(NAME + offer, NAME) == "; server_max_window_bits=12"


def test_another_extension_is_not_agreed_to():
    assert answer("x-webkit-deflate-frame") is None


class Client:
    """The other side, in zlib's words."""

    def __init__(self, bits=15):
        self.compressor = zlib.compressobj(wbits=-bits)
        self.inflater = zlib.decompressobj(wbits=-15)

    def compress(self, data):
        return (self.compressor.compress(data) + self.compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def inflate(self, data):
        return self.inflater.decompress(data + b"\x00\x00\xff\xff")


WORDS = bytes(range(256)) * 2


def test_messages_refer_to_earlier_ones():
    deflate, client = Deflate(agree([NAME])), Client()
    sizes = []
    for _ in range(2):
        compressed = deflate.compress(WORDS)
        sizes.append(len(compressed))
        assert client.inflate(compressed) == WORDS
        assert deflate.inflate(client.compress(WORDS), True, len(WORDS)) == WORDS
    assert sizes[1] < sizes[0] / 10


def test_without_takeover_each_message_stands_alone():
    offer = f"{NAME}; server_no_context_takeover; client_no_context_takeover"
    deflate = Deflate(agree([offer]))
    assert deflate.compress(WORDS) == deflate.compress(WORDS)
    for _ in range(2):
        compressed = deflate.compress(WORDS)
        assert Client().inflate(compressed) == WORDS
        assert deflate.inflate(Client().compress(WORDS), True, len(WORDS)) == WORDS


def test_a_message_comes_in_pieces():
    deflate, data = Deflate(agree([NAME])), Client().compress(WORDS)
    inflated = b"".join(deflate.inflate(data[at : at + 1], False, 1000) for at in range(len(data)))
    assert inflated + deflate.inflate(b"", True, 1000) == WORDS


def test_no_more_is_inflated_than_there_is_room_for():
    bomb = Client().compress(bytes(1 << 24))
    assert len(bomb) < 1 << 15
    deflate = Deflate(agree([NAME]))
    with pytest.raises(InflatedError):
        deflate.inflate(bomb, True, 1000)
    assert len(deflate._inflater.unconsumed_tail) > len(bomb) / 2
    assert Deflate(agree([NAME])).inflate(Client().compress(bytes(1000)), True, 1000) == bytes(1000)


def test_a_last_block_ends_no_conversation():
    deflate = Deflate(agree([NAME]))
    for _ in range(2):
        compressor = zlib.compressobj(wbits=-15)
        message = compressor.compress(WORDS) + compressor.flush() + b"\x00"
        assert deflate.inflate(message, True, 1000) == WORDS


def test_what_is_not_compressed_is_an_error():
    with pytest.raises(zlib.error):
        Deflate(agree([NAME])).inflate(b"\xff" * 10, True, 1000)
