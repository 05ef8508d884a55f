"""Examples of the API reference: what programs use, and which of them are shown for what."""

import ast
from fnmatch import fnmatch

import pytest

from docs_tools.catalogues.reference import package as read_package
from docs_tools.catalogues.reference import public_paths, shown
from docs_tools.project import examples
from docs_tools.project.examples import Example, find_examples, settings
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.places import Place, places
from docs_tools.project.snippets import snippets
from docs_tools.project.uses import Use, find_uses


@pytest.fixture(scope="module")
def package():
    return read_package(ROOT)


@pytest.fixture(scope="module")
def public(package):
    return public_paths(package, ROOT)


@pytest.fixture(scope="module")
def uses(package, public):
    """The lines of a program that name an object, by its path without the package."""

    def find(text):
        found = find_uses(ast.parse(text), package)
        return {
            public[path].removeprefix("duologue."): sorted(use.line for use in uses if use.is_named)
            for path, uses in found.items()
            if path in public and any(use.is_named for use in uses)
        }

    return find


def test_a_name_is_followed_from_its_import(uses):
    text = "from duologue.rooms import Rooms as R\nrooms = R()\nR\n"
    assert uses(text) == {"rooms.Rooms": [2, 3]}
    assert uses("import duologue.rooms\nduologue.rooms.Rooms()") == {
        "rooms": [2],
        "rooms.Rooms": [2],
    }


def test_a_name_of_others_is_none(uses):
    assert uses("from fastapi import WebSocket\nWebSocket()") == {}
    assert uses("from duologue_extra import Rooms\nRooms()") == {}
    assert uses("from duologue.nowhere import Rooms\nRooms()") == {}


def test_what_is_returned_is_followed(uses):
    text = (
        "from duologue.testclient import TestClient\n"
        "with TestClient(app) as client, client.websocket_connect('/') as session:\n"
        "    session.close()\n"
    )
    assert uses(text) == {
        "testclient.TestClient": [2],
        "testclient.TestClient.websocket_connect": [2],
        "testclient.WebSocketTestSession.close": [3],
    }


def test_what_is_awaited_entered_and_iterated_is_followed(uses):
    text = (
        "from duologue.rooms import Rooms\n"
        "async def chat(websocket):\n"
        "    async with rooms.join('a', websocket) as room:\n"
        "        for member in await room.members():\n"
        "            websocket.app\n"
        "rooms = Rooms()\n"
    )
    assert uses(text) == {
        "rooms.Rooms": [6],
        "rooms.Rooms.join": [3],
        "rooms.Room.members": [4],
        "connection.Connection.app": [5],
    }


def test_an_attribute_is_what_it_is_annotated_with(uses):
    text = "def app(websocket):\n    url = websocket.url\n    return url.replace(port=1)\n"
    assert uses(text) == {"connection.Connection.url": [2], "datastructures.URL.replace": [3]}


def test_an_argument_is_what_it_is_annotated_with(uses):
    text = "from duologue import WebSocket\nasync def app(ws: WebSocket):\n    await ws.close()\n"
    assert uses(text) == {"websockets.WebSocket": [2], "websockets.WebSocket.close": [3]}
    assert uses("def app(websocket: Other):\n    websocket.close()") == {}
    assert uses("def app(client):\n    client.close()") == {}


def test_a_class_uses_the_methods_that_it_overrides(uses):
    text = (
        "from duologue import WebSocketEndpoint\n"
        "class Adder(WebSocketEndpoint):\n"
        "    async def on_connect(self, websocket):\n"
        "        self.decode()\n"
        "    async def other(self): ...\n"
    )
    assert uses(text) == {
        "endpoints.WebSocketEndpoint": [2],
        "endpoints.WebSocketEndpoint.on_connect": [3],
        "endpoints.WebSocketEndpoint.decode": [4],
    }


def test_a_class_of_the_program_stands_for_its_base(uses):
    text = (
        "from duologue.responses import Response\nclass Own(Response): ...\nOwn().set_cookie('a')\n"
    )
    assert uses(text) == {"responses.Response": [2, 3], "responses.Response.set_cookie": [3]}


def test_a_generic_class_is_the_class(uses):
    text = (
        "from duologue.routing.convertors import Convertor\n"
        "class Dates(Convertor[date]):\n"
        "    def convert(self, value): ...\n"
    )
    assert uses(text) == {
        "routing.convertors.Convertor": [2],
        "routing.convertors.Convertor.convert": [3],
    }


def test_what_pytest_expects_is_followed(uses):
    text = (
        "import pytest\n"
        "from duologue.testclient import WebSocketDenialResponse\n"
        "def test_denial():\n"
        "    with pytest.raises(WebSocketDenialResponse) as denial: ...\n"
        "    denial.value.json()\n"
    )
    assert uses(text) == {
        "testclient.WebSocketDenialResponse": [4],
        "testclient.WebSocketDenialResponse.json": [5],
    }


def test_what_matches_is_followed(uses):
    text = (
        "from duologue.scripts import Like\n"
        "match content:\n"
        "    case Like() as pattern: pattern.fits('a')\n"
    )
    assert uses(text) == {"scripts.Like": [3], "scripts.Like.fits": [3]}


def test_an_exception_is_followed_to_its_handler(uses):
    text = (
        "from duologue.scripts import ScriptSyntaxError\n"
        "try: ...\n"
        "except ScriptSyntaxError as error:\n"
        "    error.message\n"
    )
    assert uses(text) == {
        "scripts.ScriptSyntaxError": [3],
        "scripts.ScriptSyntaxError.message": [4],
    }


def test_a_name_that_means_something_else_is_followed_no_longer(uses):
    text = "from duologue.rooms import Rooms\nrooms = Rooms()\nrooms = 1\nrooms.lifespan\n"
    assert uses(text) == {"rooms.Rooms": [2]}


def test_an_instance_uses_its_class_without_naming_it(package):
    text = "def app(websocket):\n    websocket.close()\n"
    found = find_uses(ast.parse(text), package)
    assert found["duologue.websockets._websocket.WebSocket"] == {Use(2, is_named=False)}


LONG = '''"""A long program."""

import os

from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms(os.environ.get("REDIS_URL"))
other = 1

# A comment.

async def greet(websocket):
    await websocket.accept()


async def chat(websocket):
    await rooms.send_text("a", "b")  # <--
    await rooms.send_text("c", "d")


app = Duologue(routes=[WebSocketRoute("/", chat), WebSocketRoute("/greet", greet)])
'''


@pytest.fixture
def project(tmp_path, package, public):
    """Write snippets of a project, and find its examples."""

    def make(programs, choices=""):
        folder = tmp_path / "docs_src" / "rooms"
        folder.mkdir(parents=True)
        for name, text in programs.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
            (folder / f"{name}.duo").write_text("", encoding="utf-8")
        path = tmp_path / examples.FILE
        path.parent.mkdir(parents=True)
        path.write_text(f"[chosen]\n{choices}", encoding="utf-8")
        return find_examples(package, public, tmp_path)

    return make


def test_of_a_long_program_what_belongs_to_the_use_is_shown(project):
    found = project({"long": LONG})
    assert found["duologue.rooms.Rooms.send_text"] == Example(
        "rooms/long", ((6, 8), (17, 19)), (18,)
    )
    assert found["duologue.websockets.WebSocket.accept"] == Example(
        "rooms/long", ((13, 14),), (14,)
    )


def test_a_short_program_is_shown_whole(project):
    found = project({"short": "from duologue.rooms import Rooms\n\nrooms = Rooms()\n"})
    assert found["duologue.rooms.Rooms"] == Example("rooms/short", ((1, 3),), (3,))


def test_a_line_with_an_arrow_is_better_than_fewer_lines(project):
    text = "from duologue.rooms import Rooms\nrooms = Rooms()"
    found = project({"a": f"{text}\n", "b": f"{text}  # <--\n\n1\n"})
    assert found["duologue.rooms.Rooms"].snippet == "rooms/b"


def test_a_choice_is_better_than_everything(project):
    text = "from duologue.rooms import Rooms\nrooms = Rooms()"
    choice = '"duologue.rooms.Rooms" = "rooms/a"'
    found = project({"a": f"{text}\n", "b": f"{text}  # <--\n"}, choice)
    assert found["duologue.rooms.Rooms"].snippet == "rooms/a"


def test_a_choice_that_does_not_use_the_object_is_a_mistake(project):
    choice = '"duologue.rooms.Rooms" = "rooms/b"'
    with pytest.raises(ValueError, match=r"rooms/b does not use duologue\.rooms\.Rooms"):
        project({"a": "from duologue.rooms import Rooms\nRooms()\n", "b": ""}, choice)


def test_a_choice_may_name_lines_by_a_text(project):
    choice = '"duologue.routing.Router" = "rooms/a :int}"'
    found = project({"a": "1\n'/{a:int}'\n"}, choice)
    assert found["duologue.routing.Router"] == Example("rooms/a", ((1, 2),), (2,))


def test_what_is_chosen_is_for_what_the_reference_shows(public):
    assert settings()["chosen"].keys() - set(public.values()) == set()


def test_a_program_without_a_script_is_no_example(project, tmp_path, package, public):
    project({"a": "from duologue.rooms import Rooms\nRooms()\n"})
    (tmp_path / "docs_src" / "rooms" / "a.duo").unlink()
    assert find_examples(package, public, tmp_path) == {}


def test_what_its_class_shows_an_attribute_does_not_repeat(project):
    text = "def app(websocket):\n    websocket.url.scheme\n    websocket.url.replace()\n"
    found = project({"a": text})
    assert "duologue.datastructures.URL" in found
    assert "duologue.datastructures.URL.replace" in found
    assert "duologue.datastructures.URL.scheme" not in found


def test_an_example_is_read_as_it_is_written():
    example = Example("rooms/long", ((6, 8), (17, 19)), (18, 19))
    assert Example.parse(str(example)) == example


def test_the_place_of_a_program_is_on_the_page_of_its_folder(tmp_path):
    files = {
        "en/a.md": "# A { #a }\n\n```dialogue\nrooms/chat\n```\n",
        "en/rooms.md": "# Rooms { #rooms }\n\n## Two { #two }\n\n```snippet\nrooms/chat.py\n```\n",
        "en/z.md": "# Z { #z }\n\n    ```dialogue\n    rooms/chat\n    ```\n",
        "ko/rooms.md": "# 방 { #rooms }\n",
    }
    for name, text in files.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert places("en", tmp_path) == {"rooms/chat": Place("rooms.md", "two", "Rooms")}
    assert places("ko", tmp_path) == {"rooms/chat": Place("rooms.md", "two", "방")}
    assert places("zh", tmp_path) == places("en", tmp_path)


def test_every_program_has_a_place():
    names = {each.name for each in snippets()}
    for each in languages():
        found = places(each.code, ROOT)
        assert names - found.keys() == set()
        assert all(place.anchor for place in found.values())


def test_what_is_chosen_would_not_be_taken_else(package, public, monkeypatch):
    choices = settings()["chosen"]
    monkeypatch.setattr(examples, "settings", lambda root: {"chosen": {}})
    best = {path: example.snippet for path, example in find_examples(package, public).items()}
    assert {path: name for path, name in choices.items() if best.get(path) == name} == {}


def overrides(found):
    """Whether a method overrides one of a base that the reference shows."""
    return any(
        found.name in base.members and base.members[found.name].docstring
        for base in found.parent.mro()
    )


@pytest.fixture(scope="module")
def lacking(package, public):
    """The classes, functions and methods without an example, and those of them that need one."""
    needed, lacking = set(), set()
    having = find_examples(package, public)
    for each in shown(package, ROOT):
        found = each.object
        if (found.is_class or found.is_function) and found.docstring and each.path not in having:
            lacking.add(each.path)
            is_method = found.is_function and found.parent.is_class
            if not (found.name.startswith("__") or (is_method and overrides(found))):
                needed.add(each.path)
    return lacking, needed


def test_everything_has_an_example_or_a_reason_for_none(lacking):
    reasons = settings()["without"]
    missing = {each for each in lacking[1] if not any(fnmatch(each, one) for one in reasons)}
    assert missing == set(), (
        "use it in a snippet that has a script, or say in docs_tools/project/examples.toml why it "
        "needs no example"
    )


def test_every_reason_is_one_for_something_that_has_no_example(lacking):
    assert [
        one for one in settings()["without"] if not any(fnmatch(p, one) for p in lacking[1])
    ] == []
