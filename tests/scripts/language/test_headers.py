import pytest

from duologue.scripts import ANY, Like, ScriptSyntaxError
from duologue.scripts.language._cursor import Cursor
from duologue.scripts.language._headers import read_answer, read_request, read_response

READERS = [read_request, read_answer, read_response]


def failure(read, text):
    with pytest.raises(ScriptSyntaxError) as caught:
        read(Cursor(text))
    return caught.value.line, caught.value.column, caught.value.message


def test_a_request_has_headers_and_subprotocols():
    text = '    X-Name: a value \n\tsubprotocols: a, b ,c\n x-name:"quoted "\n    x-none:\nnext'
    cursor = Cursor(text)
    headers, subprotocols = read_request(cursor)
    assert headers == (("x-name", "a value"), ("x-name", "quoted "), ("x-none", ""))
    assert subprotocols == ("a", "b", "c")
    assert cursor.text[cursor.position :] == "next"


def test_headers_that_are_expected_may_vary():
    text = '  a: any\n  b: like "x*"\n  c: any thing\n  d: likely\n  e: "any"\n  f: any  '
    expected = (
        ("a", ANY),
        ("b", Like("x*")),
        ("c", "any thing"),
        ("d", "likely"),
        ("e", "any"),
        ("f", ANY),
    )
    assert read_answer(Cursor(text)) == expected
    assert read_response(Cursor(text)) == expected


def test_a_request_does_not_vary():
    headers, _ = read_request(Cursor("  a: any\n  b: like x\n"))
    assert headers == (("a", "any"), ("b", "like x"))


def test_a_blank_line_ends_them():
    cursor = Cursor("  a: b\n\n  c: d\n")
    assert read_response(cursor) == (("a", "b"),)
    assert cursor.line == 2


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("    name", 5, "expected a header, `name: value`"),
        ("    na me: x", 5, "expected a header, `name: value`"),
        ("    : x", 5, "expected a header, `name: value`"),
        ("    # x", 5, "expected a header, `name: value`"),
        ('    "a"', 5, "expected a header, `name: value`; a body stands below a blank line"),
        ("    이름: x", 5, "expected a header, `name: value`"),
        ('    a: "b" c', 12, "expected the end of the line after the header"),
        ('    a: "b', 8, "the string has no closing quote on this line"),
        ("    a: b€", 9, "a header can carry latin-1 only"),
        ('    a: "b€"', 8, "a header can carry latin-1 only"),
        ("    a: b\rc", 9, "a header can carry neither line breaks nor NUL"),
        (r'    a: "b\n"', 8, "a header can carry neither line breaks nor NUL"),
        ("    a: b\0", 9, "a header can carry neither line breaks nor NUL"),
    ],
)
def test_what_is_no_header_is_an_error(read, text, column, message):
    assert failure(read, f"  x: y\n{text}") == (2, column, message)


@pytest.mark.parametrize("read", [read_request, read_answer])
@pytest.mark.parametrize("name", ["Upgrade", "connection", "sec-websocket-key"])
def test_the_headers_of_the_handshake_are_left_out(read, name):
    message = f"`{name.lower()}` belongs to the handshake itself: leave it out"
    assert failure(read, f"    {name}: x") == (1, 5, message)


def test_a_response_may_have_any_header():
    assert read_response(Cursor("  connection: close\n")) == (("connection", "close"),)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("  sec-websocket-protocol: a", 3, "write what is offered as `subprotocols: ...`"),
        ("  subprotocols:", 16, "expected the name of a subprotocol"),
        ("  subprotocols: a,", 19, "expected the name of a subprotocol"),
        ("  subprotocols: a b", 19, "expected the end of the line after the header"),
        ("  subprotocols: a, a", 20, "this subprotocol is offered already"),
    ],
)
def test_subprotocols_are_names_that_differ(text, column, message):
    assert failure(read_request, text) == (1, column, message)


def test_subprotocols_stand_in_one_line():
    message = "the subprotocols stand here already, in a line above"
    assert failure(read_request, "  subprotocols: a\n  subprotocols: b") == (2, 3, message)


@pytest.mark.parametrize("name", ["subprotocols", "sec-websocket-protocol"])
def test_what_the_server_chose_stands_behind_the_verb(name):
    message = "write what is chosen behind the verb: `accept NAME`"
    assert failure(read_answer, f"  {name}: a") == (1, 3, message)


def test_a_pattern_in_a_header_is_a_string():
    message = 'expected a string in double quotes: "..."'
    assert failure(read_answer, "  a: like x") == (1, 11, message)
