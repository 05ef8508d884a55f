"""Diagrams are drawn as SVG: for eyes, for those who listen, and for those who search."""

import re
from xml.etree import ElementTree as ET

import pytest

from docs_tools.catalogues.diagrams import localised_diagram
from docs_tools.catalogues.files import SNIPPETS, translator
from docs_tools.fences.diagram import draw_diagram
from docs_tools.fences.drawing import WIDTH, measure, wrap
from docs_tools.project.diagrams import ENDING, diagram_files, parse_diagram
from docs_tools.project.languages import ROOT, language, languages
from docs_tools.project.snippets import read_file

HEAD = "title = A & B\ndescription = `send()` waits.\n"
STATES = """
| one | one  | one    |
|     | two  | two    |
| end | last | beside |
one (client) = One
two (queue) = Two
end = End
last (text) = Last one
beside = Beside
one -> end: `close()`
one -> two: first label
two --> one: second
last -> beside
"""
SEQUENCE = """
app = Application
client (client) = Client
server (server) = Server
== 0 s
app -> server: far away
client --> app
app + client: a note
"""


def draw(text, code="en"):
    html = draw_diagram("page/name", parse_diagram(HEAD + text, "a"), language(code))
    return ET.fromstring(html)


def texts(root):
    """Each text as one string, its lines and pieces of code together."""
    return ["".join(each.itertext()) for each in root.iter("text")]


def arrows(root):
    """From where to where the shaft of each arrow goes."""
    paths = [each for each in root.iter("path") if "diagram__arrow" in each.get("class")]
    return [tuple(map(float, re.findall(r"[-\d.]+", each.get("d")))) for each in paths]


def boxes(root):
    return [
        {name: float(each.get(name)) for name in ("x", "y", "width", "height")}
        for each in root.iter("rect")
    ]


def test_it_has_a_title_and_a_description_that_can_be_heard():
    (svg,) = draw(STATES)
    title, description = svg[0], svg[1]
    assert (title.tag, title.text) == ("title", "A & B")
    assert (description.tag, description.text) == ("desc", "send() waits.")
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == title.get("id") == "diagram-page-name-title"
    assert svg.get("aria-describedby") == description.get("id") == "diagram-page-name-desc"


@pytest.mark.parametrize(("code", "tag"), [("en", "en"), ("zh", "zh-Hans"), ("ko", "ko")])
def test_it_names_its_language(code, tag):
    (svg,) = draw(STATES, code)
    assert svg.get("lang") == tag


def test_words_are_text_in_lines_and_code_is_code():
    root = draw(STATES)
    assert texts(root) == [
        *("One", "Two", "End", "Last one", "Beside"),
        *("close()", "first label", "second"),
    ]
    code = [each.text for each in root.iter("tspan") if each.get("class") == "diagram__code"]
    assert code == ["close()"]


@pytest.mark.parametrize("text", [STATES, SEQUENCE])
def test_nothing_is_outside_of_the_picture(text):
    root = draw(text)
    _, _, width, height = map(float, root[0].get("viewBox").split())
    assert width == WIDTH + 2
    for each in boxes(root):
        assert each["x"] >= 0
        assert each["x"] + each["width"] <= WIDTH + 0.1
        assert each["y"] >= 0
        assert each["y"] + each["height"] <= height
    for x, y, to_x, to_y in arrows(root):
        assert 0 <= min(x, to_x) <= max(x, to_x) <= WIDTH
        assert 0 <= min(y, to_y) <= max(y, to_y) <= height


def test_a_box_takes_its_cells():
    one, two, end, beside = boxes(draw(STATES))  # a text has no border
    assert (one["x"], one["width"]) == (0, WIDTH)
    assert one["y"] + one["height"] < two["y"] < two["y"] + two["height"] < end["y"]
    assert end["x"] + end["width"] < two["x"]
    assert end["y"] == beside["y"]


def test_arrows_go_past_other_boxes_and_beside_each_other():
    root = draw(STATES)
    one, two, end, beside = boxes(root)
    aside, past, first, second = arrows(root)
    assert past[0] == past[2] < two["x"]
    assert past[1] == one["y"] + one["height"]
    assert past[3] < end["y"] < past[3] + 10  # the head of the arrow follows
    assert two["x"] < first[0] < second[0] < two["x"] + two["width"]
    assert first[1] < first[3]
    assert second[1] > second[3]
    assert aside[1] == aside[3]
    assert aside[2] < beside["x"] < aside[2] + 10


def test_an_arrow_may_go_to_the_left():
    root = draw("| a | b |\na = A\nb = B\nb -> a")
    ((x, _, to_x, _),) = arrows(root)
    assert x > to_x


def test_a_label_makes_room_for_itself():
    short = draw("| a |\n| b |\na = A\nb = B\na -> b")
    long = draw("| a |\n| b |\na = A\nb = B\na -> b: " + "words " * 20)
    ((_, y, _, to_y),) = arrows(short)
    ((_, far_y, _, far_to_y),) = arrows(long)
    assert len(list(long.iter("tspan"))) > 3
    assert far_to_y - far_y > to_y - y + 32


def test_a_sequence_goes_from_top_to_bottom():
    root = draw(SEQUENCE)
    assert texts(root) == ["Application", "Client", "Server", "0 s", "far away", "a note"]
    *heads, part, note = boxes(root)
    (x, y, to_x, _), (back_x, back_y, back_to_x, _) = arrows(root)
    assert {each["y"] for each in heads} == {0}
    assert part["width"] == WIDTH
    assert heads[0]["height"] < part["y"] < y < back_y < note["y"]
    assert x == back_to_x - 7 == WIDTH / 6
    assert to_x == WIDTH * 5 / 6 - 7
    assert back_x == WIDTH / 2
    assert note["width"] < WIDTH * 2 / 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("| a | b |\n| b | a |\na = A\nb = B", "the cells of a are not a rectangle"),
        ("| a |   |\n|   | b |\na = A\nb = B\na -> b", "from a to b goes across"),
        ("| a | b |\na = A\nb = B\na -> b: label", "from a to b goes across, or aside with a"),
        ("| a |\n| b |\n| c |\na = A\nb = B\nc = C\na -> c", "a box is in the way from a to c"),
        ("| a | b | c |\na = Incomprehensibilities\nb = B\nc = C", "is too wide for its place"),
        ("a = A\nb = B\nc = Incomprehensibilities", "is too wide for its place"),
    ],
)
def test_what_cannot_be_drawn_is_named(text, problem):
    with pytest.raises(ValueError, match=problem):
        draw(text)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("a few words", 40, ["a few", "words"]),
        ("call `a b()` now", 62, ["call", "`a b()`", "now"]),
        ("服务器关闭连接。", 60, ["服务器关", "闭连接。"]),
        ("关闭（连接）", 40, ["关闭", "（连", "接）"]),
        ("用 `send()` 发送", 72, ["用 `send()`", "发送"]),
        ("연결을 닫습니다", 60, ["연결을", "닫습니다"]),
    ],
)
def test_lines_break_where_each_language_breaks_them(text, width, lines):
    assert wrap(text, width) == lines
    assert all(measure(line) <= width for line in lines)


def test_the_same_text_makes_the_same_picture():
    assert ET.tostring(draw(STATES)) == ET.tostring(draw(STATES))


@pytest.mark.parametrize("code", [each.code for each in languages()])
def test_every_diagram_can_be_drawn_in_every_language(code):
    translate = translator(ROOT, code, SNIPPETS)
    for file in diagram_files(ROOT):
        diagram = localised_diagram(file, read_file(file), translate)
        html = draw_diagram(file.removesuffix(ENDING), diagram, language(code))
        assert ET.fromstring(html).tag == "figure"
