import re

import pytest
from markupsafe import Markup

from docs_tools.fences.dialogue import render_dialogue, turns
from docs_tools.fences.pieces import ANYTHING, STAR, Piece, like, octets, value
from docs_tools.project.languages import language
from docs_tools.project.snippets import Snippet
from duologue.scripts import ANY, Like, ScriptSyntaxError, parse

ROOM = """\
# Two people meet.
ada> open /room?x=1
    authorization: Bearer abc
    subprotocols: chat.v2, chat.v1
ada< accept chat.v2
    x-request-id: like "req-*"
bob> open /room
bob< deny 403
    retry-after: any

    {"error": "full"}
ada> {"id": 7}
ada< binary {"id": any}
ada> 0x00ff
ada< any
ada> ""
ada< like "* and \\\\*"
ada> wait 1.0
ada< close 4000 "bye"
"""


def drawn(text, code="en"):
    """The turns of a script as tuples: who, the verb, the content as one string, the kind."""
    return [
        (turn.side, turn.who, turn.verb, shown(turn.content), turn.kind)
        for turn in turns(parse(text), language(code).words["dialogue"])
    ]


def shown(pieces):
    return "".join({"any": "¤", "star": "…"}.get(piece.kind, piece.text) for piece in pieces)


def test_a_script_becomes_turns():
    assert drawn(ROOM) == [
        ("comment", "", "", "Two people meet.", ""),
        ("client", "ada", "opens", "/room?x=1", ""),
        ("server", "Server to ada", "accepts", "", ""),
        ("client", "bob", "opens", "/room", ""),
        ("server", "Server to bob", "denies", "403", ""),
        ("client", "ada", "", '{"id": 7}', "json"),
        ("server", "Server to ada", "", '{"id": ¤}', "binary_json"),
        ("client", "ada", "", "00 ff", "binary"),
        ("server", "Server to ada", "", "¤", "any"),
        ("client", "ada", "", "", "text"),
        ("server", "Server to ada", "", "… and *", "text"),
        ("client", "ada", "waits 1 s", "", ""),
        ("server", "Server to ada", "closes", "4000 “bye”", ""),
    ]


def test_what_stands_small_below():
    made = turns(parse(ROOM), language("en").words["dialogue"])
    assert [[(name, shown(value)) for name, value in turn.details] for turn in made[1:5]] == [
        [("subprotocols", "chat.v2, chat.v1"), ("authorization", "Bearer abc")],
        [("subprotocol", "chat.v2"), ("x-request-id", "req-…")],
        [],
        [("retry-after", "¤"), ("body", '{"error": "full"}')],
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ["opens", "accepts", "closes, without a code"]),
        ("zh", ["打开连接", "接受", "关闭，不带关闭码"]),
        ("ko", ["연결 요청", "수락", "코드 없이 종료"]),
    ],
)
def test_stage_directions_are_in_the_language(code, expected):
    assert [verb for _, _, verb, _, _ in drawn("> open /\n< accept\n> close\n", code)] == expected


@pytest.mark.parametrize(
    ("ending", "turn"),
    [
        ("> drop", ("client", "Client", "is cut off, without a close frame", "", "")),
        ("> close 1000", ("client", "Client", "closes", "1000", "")),
        ('> close 4000 "x"', ("client", "Client", "closes", "4000 “x”", "")),
        ("< close 1011", ("server", "Server", "closes", "1011", "")),
        ("< close 1011 any", ("server", "Server", "closes", "1011 ¤", "")),
        ('< close 1011 like "a*"', ("server", "Server", "closes", "1011 a…", "")),
    ],
)
def test_endings(ending, turn):
    assert drawn(f"> open /\n< accept\n{ending}\n")[-1] == turn


def test_each_client_has_a_voice_of_its_own():
    script = "".join(f"{name}> open /\n{name}< deny 404\n" for name in "abcd")
    made = turns(parse(script), language("en").words["dialogue"])
    assert [turn.voice for turn in made] == [1, 1, 2, 2, 3, 3, 1, 1]


def draw_room(code="en"):
    return render_dialogue(Snippet("websockets/room"), ROOM, language(code), Markup("<p>more</p>"))


def test_a_dialogue_is_a_list_with_a_speaker_in_each_item():
    html = draw_room("ko")
    items = re.findall(r"<li .*?</li>", html, re.DOTALL)
    assert len(items) == len(turns(parse(ROOM), language("ko").words["dialogue"]))
    assert re.search(r'<section class="duologue[^"]*" data-duologue="websockets/room"', html)
    assert 'aria-label="대화: websockets/room"' in html
    for item in items[1:]:
        assert re.search(r'<div class="turn__who"[^>]*>(ada|bob|서버가 (ada|bob)에게)<', item)
    assert "<p>more</p>" in html


def test_a_client_without_a_name_is_named_for_screen_readers():
    script = "> open /\n< accept\n> close\n"
    html = render_dialogue(Snippet("a/b"), script, language("en"), Markup())
    assert html.count('<div class="turn__who sr-only" data-search-exclude="true">Client') == 2
    assert html.count('<div class="turn__who sr-only" data-search-exclude="true">Server') == 1


def test_what_is_said_is_escaped():
    script = '> open /\n< accept\n> "</script><b>"\n> close\n'
    html = render_dialogue(Snippet("a/b"), script, language("en"), Markup())
    assert "<b>" not in html
    assert html.count("</script>") == 1
    assert "&lt;/script&gt;&lt;b&gt;" in html


def test_a_script_with_a_mistake_is_no_dialogue():
    with pytest.raises(ScriptSyntaxError, match=r"docs_src/a/b\.duo"):
        render_dialogue(Snippet("a/b"), "> open\n", language("en"), Markup())


def test_patterns():
    assert like("a*b") == [Piece("plain", "a"), STAR, Piece("plain", "b")]
    assert shown(like(r"\*x\y*")) == r"*x\y…"
    assert like("") == []


def test_values_are_written_like_json():
    assert shown(value({"a": [1, 2.5, True, None, "é"], "b": {}})) == (
        '{"a": [1, 2.5, true, null, "é"], "b": {}}'
    )
    assert shown(value([ANY, Like("x*")])) == '[¤, "x…"]'
    assert value([]) == [Piece("plain", "[]")]
    assert value(ANY) == [ANYTHING]


def test_a_string_that_looks_as_if_it_varied_is_a_string():
    said = {"any": 'like "x*"', "like": ["any", "\\", ANY]}
    assert shown(value(said)) == r'{"any": "like \"x*\"", "like": ["any", "\\", ¤]}'


def test_long_values_go_over_lines():
    assert shown(value({"first": ["a" * 30, "b" * 30], "second": ANY})) == (
        '{\n  "first": [\n    "' + "a" * 30 + '",\n    "' + "b" * 30 + '"\n  ],\n  "second": ¤\n}'
    )


def test_bytes_are_pairs_of_digits():
    assert octets(b"\x00\xff") == [Piece("plain", "00 ff")]
    assert octets(b"") == []
