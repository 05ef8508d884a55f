import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from duologue._programs import AppError, load_beside, load_named

APP = "async def app(scope, receive, send): ...\n"


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def program(folder, text=APP, name="chat"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(text)
    return folder / f"{name}.duo"


def failure(load, *arguments):
    with pytest.raises(AppError) as caught:
        load(*arguments)
    return str(caught.value)


def test_the_program_beside_a_script_has_its_application(tmp_path):
    app = load_beside(program(tmp_path))
    assert app.__name__ == "app"
    assert app.__module__ == "chat__played"
    assert "chat" not in sys.modules


def test_it_is_executed_afresh_each_time(tmp_path):
    path = program(tmp_path, "seen = []\n" + APP)
    first, second = load_beside(path), load_beside(path)
    assert first.__globals__["seen"] is not second.__globals__["seen"]


def test_it_may_import_what_lies_beside_it(tmp_path):
    program(tmp_path, "greeting = 'hello'\n", "helpers")
    app = load_beside(program(tmp_path, "from helpers import greeting\n" + APP))
    assert app.__globals__["greeting"] == "hello"
    assert sys.path.count(str(tmp_path)) == 1
    load_beside(tmp_path / "chat.duo")
    assert sys.path.count(str(tmp_path)) == 1


def test_modules_of_one_name_in_two_folders_are_two(tmp_path):
    for place in ("first", "second"):
        program(tmp_path / place, f"seen = []\nPLACE = {place!r}\n", "helpers")
        program(tmp_path / place, "", "other")
        program(tmp_path / place, "import helpers\nfrom helpers import PLACE\n" + APP)
    plays = ["first", "second", "first", "first", "second"]
    played = [load_beside(tmp_path / place / "chat.duo").__globals__ for place in plays]
    assert [each["PLACE"] for each in played] == plays
    # Each folder has its own, which are executed once.
    assert played[0]["helpers"] is played[2]["helpers"] is played[3]["helpers"]
    assert played[1]["helpers"] is played[4]["helpers"]
    assert sys.path[0] == str(tmp_path / "second")
    assert sys.path.count(str(tmp_path / "first")) == 1
    load_beside(tmp_path / "first" / "chat.duo")
    assert importlib.import_module("other").__file__ == str(tmp_path / "first" / "other.py")


def test_modules_may_be_imported_while_it_is_played(tmp_path):
    text = "def app(scope, receive, send):\n    import helpers\n    return helpers.PLACE\n"
    for place in ("first", "second", "first"):
        program(tmp_path / place, f"PLACE = {place!r}\n", "helpers")
        assert load_beside(program(tmp_path / place, text))({}, None, None) == place


def test_packages_of_one_name_in_two_folders_are_two(tmp_path):
    for place in ("first", "second"):
        program(tmp_path / place / "shop", "", "__init__")
        program(tmp_path / place / "shop", f"PLACE = {place!r}\n", "stock")
        program(tmp_path / place / "shop", "from .stock import PLACE\n" + APP)
        program(tmp_path / place / "names", f"PLACE = {place!r}\n", "space")
        program(tmp_path / place, "from names.space import PLACE\n" + APP)
    for path in ("shop/chat.duo", "chat.duo"):
        for place in ("first", "second", "first"):
            assert load_beside(tmp_path / place / path).__globals__["PLACE"] == place


def test_module_that_somebody_else_has_imported_stays(tmp_path, monkeypatch):
    for place in ("first", "second"):
        program(tmp_path / place, f"PLACE = {place!r}\n", "helpers")
        program(tmp_path / place, "from helpers import PLACE\n" + APP)
    monkeypatch.syspath_prepend(tmp_path / "first")
    ours = importlib.import_module("helpers")
    for place in ("first", "second"):
        assert load_beside(tmp_path / place / "chat.duo").__globals__["PLACE"] == "first"
    assert sys.modules["helpers"] is ours


def test_module_that_somebody_has_imported_meanwhile_stays(tmp_path):
    for place in ("first", "second"):
        program(tmp_path / place, f"PLACE = {place!r}\n", "helpers")
        load_beside(program(tmp_path / place, "import helpers\n" + APP))
    ours = sys.modules["helpers"] = ModuleType("helpers")
    app = load_beside(tmp_path / "first" / "chat.duo")
    assert app.__globals__["helpers"] is sys.modules["helpers"] is ours


def test_what_is_no_module_stays_where_it_is(tmp_path, monkeypatch):
    main = sys.modules["__main__"]
    monkeypatch.setitem(sys.modules, "helpers", None)
    for place in ("first", "second"):
        program(tmp_path / place, "", "helpers")
        program(tmp_path / place, "", "__main__")
        load_beside(program(tmp_path / place))
        monkeypatch.setattr(main, "__file__", str(tmp_path / "first" / "__main__.py"), False)
    assert sys.modules["helpers"] is None
    assert sys.modules["__main__"] is main


def test_it_may_be_in_a_package(tmp_path):
    folder = tmp_path / "shop" / "live"
    path = program(folder, "from . import rooms\nfrom ..stock import ITEMS\n" + APP)
    program(folder, "", "rooms")
    program(folder, "", "__init__")
    program(tmp_path / "shop", "", "__init__")
    program(tmp_path / "shop", "ITEMS = 7\n", "stock")
    app = load_beside(path)
    assert app.__globals__["ITEMS"] == 7
    assert app.__module__ == "shop.live.chat__played"
    assert sys.path[0] == str(tmp_path)


def test_it_may_have_dataclasses(tmp_path):
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass, KW_ONLY\n"
        "@dataclass\nclass Room:\n    _: KW_ONLY\n    name: str\n"
    )
    app = load_beside(program(tmp_path, text + APP))
    assert app.__globals__["Room"](name="x").name == "x"


def test_there_may_be_no_program(tmp_path):
    path = tmp_path / "chat.duo"
    expected = f"there is no program {tmp_path / 'chat.py'} beside chat.duo"
    assert failure(load_beside, path) == expected


@pytest.mark.parametrize("text", ["", "app = 7\n"])
def test_there_may_be_no_application(tmp_path, text):
    path = program(tmp_path, text)
    assert failure(load_beside, path) == f"{tmp_path / 'chat.py'} has no application 'app'"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nowhere_to_be_found\n", "No module named 'nowhere_to_be_found' ({file}, line 1)"),
        ("\n{}['room']\n", "KeyError: 'room' ({file}, line 2)"),
        ("import sys\nsys.exit('no')\n", "SystemExit: no ({file}, line 2)"),
        (
            "from duologue.rooms import Rooms\nRooms('127.0.0.1:6379')\n",
            "begins with ''. ({file}, line 2)",
        ),
        ("def:\n", "SyntaxError: invalid syntax ({file}, line 1)"),
    ],
)
def test_it_may_not_run(tmp_path, text, reason):
    file = tmp_path / "chat.py"
    message = failure(load_beside, program(tmp_path, text))
    assert message.startswith(f"{file} cannot be executed: ")
    assert message.endswith(reason.format(file=file))
    assert "\n" not in message


def test_an_application_has_a_name(tmp_path):
    program(tmp_path, "class Shop:\n    app = print\n" + APP, "my_shop")
    assert load_named("my_shop:app", tmp_path).__name__ == "app"
    assert load_named("my_shop:Shop.app", tmp_path) is print


@pytest.mark.parametrize("name", ["", "shop", "shop:", ":app"])
def test_what_is_no_name_is_told(name):
    assert failure(load_named, name, Path()) == (
        f"{name!r} does not name an application: write MODULE:APP, like shop.main:app"
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("main.py", "main:app"),
        ("main.py:shop", "main:shop"),
        ("./shop/main.py", "shop.main:app"),
    ],
)
def test_a_file_is_no_module(name, meant):
    assert failure(load_named, name, Path()) == (
        f"{name!r} does not name an application: write MODULE:APP, like {meant}"
    )


def test_a_name_may_lead_nowhere(tmp_path):
    assert failure(load_named, "nowhere_to_be_found:app", tmp_path) == (
        "nowhere_to_be_found cannot be imported: "
        "ModuleNotFoundError: No module named 'nowhere_to_be_found'"
    )
    assert failure(load_named, "json:app.inner", tmp_path) == "json has no application 'app.inner'"


def test_an_application_may_not_take_what_asgi_gives(tmp_path):
    program(tmp_path, "def app(scope): ...\n", "old_shop")
    message = failure(load_named, "old_shop:app", tmp_path)
    assert message.startswith("old_shop has no application 'app': 'app' takes the scope alone, ")
    assert "asgiref.compatibility.guarantee_single_callable" in message
    assert "\n" not in message


def test_an_application_of_asgi_2_may_be_wrapped(tmp_path):
    text = (
        "from asgiref.compatibility import guarantee_single_callable\n"
        "@guarantee_single_callable\ndef app(scope): ...\n"
    )
    assert callable(load_beside(program(tmp_path, text)))
