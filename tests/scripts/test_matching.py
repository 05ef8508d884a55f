import pytest

from duologue.scripts import (
    ANY,
    Accept,
    Binary,
    Deny,
    Json,
    Like,
    ServerClose,
    ServerMessage,
    Text,
)
from duologue.scripts._matching import compare, content_of, content_of_body, describe
from duologue.scripts.transports.connectors import Accepted, Broken, Denied, Ended

HEADERS = [("x-a", "1"), ("x-b", "2"), ("x-b", "3")]


@pytest.mark.parametrize(
    ("came", "expected", "told"),
    [
        (Accepted("", HEADERS), None, "ada< accept"),
        (Accepted("chat", HEADERS), ServerMessage("ada", ANY), "ada< accept chat"),
        (
            Accepted("", HEADERS),
            Accept("ada", "", (("x-b", ANY),)),
            "ada< accept\n    x-b: 2\n    x-b: 3",
        ),
        (Denied(403, HEADERS, b""), None, "ada< deny 403"),
        (Denied(403, HEADERS, b"no"), Deny("ada", 401), 'ada< deny 403\n\n    "no"'),
        (
            Denied(401, HEADERS, b'{"a": 1}'),
            Deny("ada", 401, (("x-a", "2"),)),
            'ada< deny 401\n    x-a: 1\n\n    {"a": 1}',
        ),
        ("hello", None, 'ada< "hello"'),
        ('{"a":1}', ServerMessage("ada", Text("x")), r'ada< "{\"a\":1}"'),
        ('{"a":1}', ServerMessage("ada", Json([])), 'ada< {"a": 1}'),
        ("oops", ServerMessage("ada", Json([])), 'ada< "oops"'),
        (b"[1]", ServerMessage("ada", Json([], binary=True)), "ada< binary [1]"),
        (b"[1]", ServerMessage("ada", ANY), "ada< 0x5b315d"),
        (Ended(1000, "bye"), None, 'ada< close 1000 "bye"'),
        (Ended(1006), ServerMessage("ada", ANY), "ada< close 1006"),
        (Broken("it is no HTTP"), None, "ada< it is no HTTP"),
    ],
)
def test_what_came_is_told_in_the_notation_of_scripts(came, expected, told):
    assert describe("ada", came, expected) == told


@pytest.mark.parametrize(
    ("expected", "came", "why"),
    [
        (Accept(""), Accepted("", HEADERS), None),
        (Accept("", "chat"), Accepted("chat", []), None),
        (Accept("", "chat"), Accepted("", []), "another subprotocol was chosen"),
        (Accept(""), Accepted("chat", []), "another subprotocol was chosen"),
        (Accept("", "", (("x-b", "3"), ("x-a", Like("*")))), Accepted("", HEADERS), None),
        (Accept("", "", (("x-c", ANY),)), Accepted("", HEADERS), "the header x-c is missing"),
        (
            Accept("", "", (("x-b", "4"),)),
            Accepted("", HEADERS),
            'the header x-b: expected "4", got "2"',
        ),
        (Accept(""), Denied(403, [], b""), ""),
        (Accept(""), Broken("x"), ""),
        (Deny("", 403), Accepted("", []), ""),
        (Deny("", 403), Denied(403, HEADERS, b"anything"), None),
        (Deny("", 403), Denied(401, [], b""), ""),
        (Deny("", 403, (("x-c", ANY),)), Denied(403, [], b""), "the header x-c is missing"),
        (Deny("", 403, (), ANY), Denied(403, [], b"\xff"), None),
        (Deny("", 403, (), Text("no")), Denied(403, [], b"no"), None),
        (
            Deny("", 403, (), Text("no")),
            Denied(403, [], b"nein"),
            "the body: they differ from character 2 on",
        ),
        (Deny("", 403, (), Text("no")), Denied(403, [], b"\xff"), "the body: it is not in UTF-8"),
        (Deny("", 403, (), Like("n*")), Denied(403, [], b"no"), None),
        (Deny("", 403, (), Binary(b"\xff")), Denied(403, [], b"\xff"), None),
        (
            Deny("", 403, (), Binary(b"\xff")),
            Denied(403, [], b""),
            "the body: less came than was expected: 0 bytes, not 1",
        ),
        (Deny("", 403, (), Json({"a": ANY})), Denied(403, [], b'{"a":1}'), None),
        (
            Deny("", 403, (), Json({"a": 1})),
            Denied(403, [], b"[]"),
            'the body: expected {"a": 1}, got []',
        ),
        (ServerClose("", 1000), Ended(1000), None),
        (ServerClose("", 1000), Ended(1001), ""),
        (ServerClose("", 1000), "hello", ""),
        (ServerClose("", 1000, ANY), Ended(1000, "bye"), None),
        (ServerClose("", 1000), Ended(1000, "bye"), 'the reason: expected "", got "bye"'),
        (ServerMessage("", Text("a")), "a", None),
        (ServerMessage("", Binary(b"a")), b"a", None),
        (ServerMessage("", Text("a")), "b", "they differ from character 1 on"),
        (ServerMessage("", ANY), Ended(1000), ""),
        (ServerMessage("", ANY), Broken("x"), ""),
    ],
)
def test_what_came_is_compared_with_a_line(expected, came, why):
    assert compare(expected, came) == why


def test_json_is_preferred_where_it_can_be():
    assert content_of("[1]", prefer_json=True) == Json([1])
    assert content_of(b"[1]", prefer_json=True) == Json([1], binary=True)
    assert content_of('"a"', prefer_json=True) == Text('"a"')
    assert content_of("[1e999]", prefer_json=True) == Text("[1e999]")
    assert content_of("[1]", prefer_json=False) == Text("[1]")
    assert content_of(b"\xff", prefer_json=True) == Binary(b"\xff")


def test_the_body_of_a_response_has_a_content():
    assert content_of_body(b"") is None
    assert content_of_body(b"1") == Text("1")
    assert content_of_body(b"[1]") == Json([1])
    assert content_of_body(b"{oops") == Text("{oops")
    assert content_of_body(b"\xff") == Binary(b"\xff")
