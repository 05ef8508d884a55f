from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue._asgi import protocol

SENDABLE = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}


class Code(IntEnum):
    KICKED = 4001


# Close codes and reasons


@given(st.integers(0, 6000) | st.integers())
def test_a_code_may_be_sent_exactly_where_the_registry_says_so(code):
    if code in SENDABLE:
        protocol.check_close(code, None)
    else:
        with pytest.raises(ValueError, match=f"^{code} is not a close code that may be sent"):
            protocol.check_close(code, None)


def test_a_code_of_an_enumeration_is_an_int():
    protocol.check_close(Code.KICKED, "kicked")


@pytest.mark.parametrize("code", [True, 1000.0, "1000", None])
def test_a_code_is_an_int(code):
    with pytest.raises(TypeError, match=r"^A close code is an int, not "):
        protocol.check_close(code, None)


@given(st.text(max_size=130))
def test_a_reason_has_at_most_123_bytes_of_utf_8(reason):
    if len(reason.encode()) <= 123:
        protocol.check_close(1000, reason)
    else:
        with pytest.raises(ValueError, match=r"^A close reason has at most 123 bytes"):
            protocol.check_close(1000, reason)


def test_the_longest_reason_has_123_bytes():
    protocol.check_close(1000, "é" * 61 + "e")
    with pytest.raises(ValueError, match=r"this one 124\.$"):
        protocol.check_close(1000, "é" * 62)


@pytest.mark.parametrize(
    ("code", "reason", "may"),
    [(1000, None, True), (4000, "bye", True), (1006, None, False), (1000, ["bye"], False)],
)
def test_whether_a_close_frame_may_be_sent(code, reason, may):
    assert protocol.is_close(code, reason) is may


def test_a_reason_is_utf_8():
    with pytest.raises(ValueError, match=r"^A close reason is UTF-8, which has no '\\ud800'"):
        protocol.check_close(1000, "\ud800")


@pytest.mark.parametrize("reason", [b"bye", 5, False])
def test_a_reason_is_a_str(reason):
    with pytest.raises(TypeError, match=r"^A close reason is a str, not "):
        protocol.check_close(1000, reason)


# Accepting


def accept(**parts):
    return {"type": "websocket.accept", **parts}


def test_a_subprotocol_that_was_offered_may_be_accepted():
    protocol.check_accept(accept(subprotocol="chat.v1"), ["chat.v2", "chat.v1"])


@pytest.mark.parametrize("message", [accept(), accept(subprotocol=None, headers=None)])
def test_no_subprotocol_need_be_accepted(message):
    protocol.check_accept(message, ["chat.v1"])


def test_a_subprotocol_that_was_not_offered_is_refused():
    with pytest.raises(ValueError) as caught:
        protocol.check_accept(accept(subprotocol="chat"), ["chat.v2", "chat.v1"])
    assert str(caught.value) == (
        "The client did not offer the subprotocol 'chat'. Accept one of websocket.subprotocols, "
        "which has 2, or None."
    )


@pytest.mark.parametrize("subprotocol", ["", b"chat", 5, ["chat"]])
def test_what_is_no_subprotocol_is_refused(subprotocol):
    with pytest.raises(ValueError, match="which has 0, or None"):
        protocol.check_accept(accept(subprotocol=subprotocol), [])


def test_the_kind_of_what_is_no_subprotocol_is_shown():
    with pytest.raises(ValueError, match=r"the subprotocol, which is a str, not bytes\. Accept"):
        protocol.check_accept(accept(subprotocol=b"chat"), ["chat"])


SECRET = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0"


@pytest.mark.parametrize(
    ("accepted", "offered"),
    [
        ("chat", ["bearer", SECRET]),
        (f"bearer, {SECRET}", ["bearer", SECRET]),
        (SECRET, ["bearer." + SECRET]),
        (SECRET.encode(), ["bearer", SECRET]),
        (["bearer", SECRET], ["bearer", SECRET]),
    ],
)
def test_no_token_that_was_offered_is_shown(accepted, offered):
    with pytest.raises(ValueError, match=r"^The client did not offer") as caught:
        protocol.check_accept(accept(subprotocol=accepted), offered)
    assert "c2VjcmV0" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("length", "shown"), [(15, True), (16, False)])
def test_what_is_long_enough_for_a_token_is_not_shown(length, shown):
    offered = "x" * length
    with pytest.raises(ValueError) as caught:
        protocol.check_accept(accept(subprotocol=f"{offered}y"), [offered])
    name = f"'{offered}y'" if shown else "that is to be accepted"
    assert str(caught.value) == (
        f"The client did not offer the subprotocol {name}. Accept one of websocket.subprotocols, "
        "which has 1, or None."
    )


@pytest.mark.parametrize(
    "header",
    [
        f"cookie: {SECRET}",
        ("set-cookie", SECRET, ""),
        ("set-cookie", [SECRET]),
        ("set-cookie", SECRET + "值"),
        ("set-cookie", SECRET + "\n"),
        ("set-cookie", SECRET + " "),
    ],
)
def test_no_value_of_a_header_is_shown(header):
    with pytest.raises((TypeError, ValueError)) as caught:
        protocol.encode_headers([header])
    assert SECRET not in str(caught.value)
    with pytest.raises((TypeError, ValueError)) as caught:
        protocol.check_headers([header])
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        b"connection",
        b"upgrade",
        b"content-length",
        b"transfer-encoding",
        b"sec-websocket-accept",
        b"sec-websocket-extensions",
    ],
)
def test_the_headers_of_the_handshake_belong_to_the_server(name):
    with pytest.raises(ValueError) as caught:
        protocol.check_accept(accept(headers=[(b"x-ok", b"1"), (name, b"1")]), [])
    assert str(caught.value) == (
        f"The header {name.decode()!r} is part of the handshake; leave it out: the server sets it."
    )


def test_the_subprotocol_is_no_header():
    with pytest.raises(ValueError, match=r"pass it as accept\(subprotocol=\.\.\.\)\.$"):
        protocol.check_accept(accept(headers=[(b"sec-websocket-protocol", b"chat")]), ["chat"])


def test_other_headers_may_be_accepted_also_twice():
    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    protocol.check_accept(accept(headers=cookies), [])


# Denying


@pytest.mark.parametrize("code", [200, 403, 599])
def test_a_denial_has_a_final_status(code):
    protocol.check_denial({"status": code})


@pytest.mark.parametrize("code", [101, 199, 600, -1, True])
def test_no_other_status_denies(code):
    with pytest.raises(ValueError, match="is not a final HTTP status: a denial has one of 200-599"):
        protocol.check_denial({"status": code})


@pytest.mark.parametrize("message", [{}, {"status": None}, {"status": "403"}])
def test_a_status_is_an_int(message):
    with pytest.raises(TypeError, match=r"^The status of a response is an int, not "):
        protocol.check_denial(message)


def test_the_headers_of_a_denial_are_checked():
    with pytest.raises(ValueError, match="lower case: b'x-a'"):
        protocol.check_denial({"status": 403, "headers": [(b"X-A", b"1")]})


def test_headers_of_the_same_name_are_joined_in_the_order_of_the_first():
    raw = [(b"vary", b"origin"), (b"x", b"1"), (b"vary", b"cookie"), (b"vary", b"accept")]
    assert protocol.join_headers(raw) == [(b"vary", b"origin, cookie, accept"), (b"x", b"1")]


def test_one_cookie_is_kept():
    assert protocol.join_headers([(b"set-cookie", b"a=1")]) == [(b"set-cookie", b"a=1")]


def test_two_cookies_cannot_be_joined():
    with pytest.raises(ValueError) as caught:
        protocol.join_headers([(b"set-cookie", b"a=1"), (b"x", b"1"), (b"set-cookie", b"b=2")])
    assert str(caught.value) == (
        "A denial response can set one cookie only: two of them end the process of some servers. "
        "Put the values into one cookie, or set the other one on another response."
    )


@pytest.mark.parametrize(
    ("scope", "supported"),
    [
        ({}, False),
        ({"extensions": None}, False),
        ({"extensions": {}}, False),
        ({"extensions": {"tls": {}}}, False),
        ({"extensions": {"websocket.http.response": {}}}, True),
        ({"extensions": {"websocket.http.response": None}}, True),
    ],
)
def test_a_server_says_whether_it_can_deny(scope, supported):
    assert protocol.supports_denial(scope) is supported


# Data


@pytest.mark.parametrize(
    "message",
    [{"text": ""}, {"text": "hello", "bytes": None}, {"bytes": b""}, {"bytes": b"x", "text": None}],
)
def test_a_message_has_text_or_bytes_perhaps_empty(message):
    protocol.check_data(message)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, "either .* not neither"),
        ({"text": None, "bytes": None}, "either .* not neither"),
        ({"text": "", "bytes": b""}, "either .* not both"),
        ({"text": b"hello"}, r"^A text message is a str, not bytes; use send_bytes\(\)"),
        ({"text": 5}, r"^A text message is a str, not int; .* send_json\(\) for other values"),
        ({"bytes": "hello"}, r"^A binary message is bytes, not str; use send_text\(\)"),
        ({"bytes": bytearray(b"x")}, r"^A binary .* bytearray; .* bytes\(data\) for other buffers"),
    ],
)
def test_what_else_a_message_has_is_a_mistake(message, error):
    with pytest.raises(TypeError, match=error):
        protocol.check_data(message)


@pytest.mark.parametrize("text", ["\ud83d", "\udc00 and more", "😀\ud83d"])
def test_half_of_a_surrogate_pair_is_no_text(text):
    with pytest.raises(ValueError, match=r"^A text message is UTF-8, which has no "):
        protocol.check_data({"text": text})


# Headers


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Name": "Zoë", "Empty": ""},
        {b"X-Name": b"Zo\xeb", b"Empty": b""},
        [("X-Name", "Zoë"), (b"empty", "")],
        [["x-name", b"Zo\xeb"], ["EMPTY", ""]],
    ],
)
def test_headers_may_be_given_in_many_forms(headers):
    assert protocol.encode_headers(headers) == [(b"x-name", b"Zo\xeb"), (b"empty", b"")]


def test_headers_may_be_pairs_that_can_be_walked_once():
    headers = iter([("X-Name", "Zoë"), ("Empty", "")])
    assert protocol.encode_headers(headers) == [(b"x-name", b"Zo\xeb"), (b"empty", b"")]


def test_no_headers_are_an_empty_list():
    assert protocol.encode_headers(None) == []


@pytest.mark.parametrize(
    "headers", [["x-name: 1"], "ab", [("a", "b", "c")], [("a",)], [5], {"a": "1"}.keys()]
)
def test_a_header_is_a_pair(headers):
    with pytest.raises(TypeError, match=r"^A header is a pair of a name and a value, not "):
        protocol.encode_headers(headers)


@pytest.mark.parametrize(
    ("header", "kinds"),
    [(("a", b"b", 5), "(str, bytes, int)"), (["a"], "(str)"), (5, "int"), ("a: b", "str")],
)
def test_of_what_is_no_header_the_kinds_are_shown(header, kinds):
    with pytest.raises(TypeError) as caught:
        protocol.encode_headers([header])
    assert str(caught.value) == f"A header is a pair of a name and a value, not {kinds}."
    with pytest.raises(TypeError) as caught:
        protocol.check_headers([header])
    assert str(caught.value) == f"ASGI headers are pairs of bytes, not {kinds}."


@pytest.mark.parametrize("headers", [{"x": 5}, {5: "x"}, {"x": None}, {"x": ["1"]}])
def test_a_header_is_str_or_bytes(headers):
    with pytest.raises(TypeError, match=r"^A header has str or bytes, not "):
        protocol.encode_headers(headers)


def test_a_header_carries_latin_1_only():
    with pytest.raises(
        ValueError, match=r"^A header can carry latin-1 only, which has no '值', as"
    ):
        protocol.encode_headers({"x": "值"})


@pytest.mark.parametrize("name", ["", " ", "a b", "a:", "ä", "a\r\nb", "a\0"])
def test_the_name_of_a_header_is_a_token(name):
    with pytest.raises(ValueError, match=r"is not a header name \(RFC 9110 section 5\.1\)\.$"):
        protocol.encode_headers({name: "x"})


@pytest.mark.parametrize(
    "value", ["a\r\nset-cookie: b", "a\n", "\r", "a\0b", "a\x0bb", "\x1b[0m", "\x7f", b"\x01"]
)
def test_no_value_has_control_characters(value):
    with pytest.raises(ValueError) as caught:
        protocol.encode_headers({"x": value})
    assert str(caught.value) == (
        "The value of the header 'x' has a control character, such as a line break "
        "(RFC 9110 section 5.5)."
    )


@pytest.mark.parametrize("value", [" ", " a", "a ", "a\t", "\t", b"a b "])
def test_no_value_has_white_space_around_it(value):
    with pytest.raises(ValueError) as caught:
        protocol.encode_headers({"x": value})
    assert str(caught.value) == (
        "The value of the header 'x' has white space around it: strip it (RFC 9110 section 5.5)."
    )


@pytest.mark.parametrize("value", ["", "X", "a b", "a\tb", "\xa0", "ÿ", '"a"; b=1'])
def test_a_value_may_have_anything_else(value):
    assert protocol.encode_headers({"x": value}) == [(b"x", value.encode("latin-1"))]


@given(st.lists(st.tuples(st.text() | st.binary(), st.text() | st.binary())))
def test_what_is_encoded_is_fit_for_every_server(pairs):
    try:
        raw = protocol.encode_headers(pairs)
    except ValueError:
        return
    protocol.check_headers(raw)
    assert len(raw) == len(pairs)
    assert all(name == name.lower() != b"" for name, _ in raw)
    assert not any(set(value) & set(b"\r\n\0\x7f\x1b") for _, value in raw)
    assert all(value == value.strip(b" \t") for _, value in raw)


@pytest.mark.parametrize(
    "raw", [[("x", "1")], [(b"x", "1")], [("x", b"1")], [b"x1"], [(b"x", b"1", b"2")], {b"x": b"1"}]
)
def test_raw_headers_are_pairs_of_bytes(raw):
    with pytest.raises(TypeError, match=r"^ASGI headers are pairs of bytes, not "):
        protocol.check_headers(raw)


def test_raw_headers_are_tuples_or_lists():
    protocol.check_headers([(b"x", b"1"), [b"y", b"2"]])


# The end


UVICORN = {
    "asgi": {"version": "3.0", "spec_version": "2.4"},
    "extensions": {"websocket.http.response": {}},
}
HYPERCORN = {
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "extensions": {"websocket.http.response": {}},
}
GUNICORN = {"asgi": {"version": "3.0", "spec_version": "2.4"}}


@pytest.mark.parametrize(
    ("parts", "scope", "end"),
    [
        ({"code": 1001, "reason": "tab closed"}, UVICORN, (1001, "tab closed")),
        ({"code": 4001}, {}, (4001, "")),
        ({"code": 1000, "reason": None}, GUNICORN, (1000, "")),
        # no code is 1005, however the server says so
        ({}, {}, (1005, "")),
        ({"code": None, "reason": None}, GUNICORN, (1005, "")),
        ({"code": 1005}, HYPERCORN, (1005, "")),
        ({"code": 1005, "reason": ""}, UVICORN, (1005, "")),
        # a lost connection is 1006, also on the server that says 1005
        ({"code": 1006}, UVICORN, (1006, "")),
        ({"code": 1005}, UVICORN, (1006, "")),
        ({"code": 1005, "reason": None}, UVICORN, (1006, "")),
    ],
)
def test_the_end_is_read_alike_from_every_server(parts, scope, end):
    assert protocol.read_disconnect({"type": "websocket.disconnect", **parts}, scope) == end
