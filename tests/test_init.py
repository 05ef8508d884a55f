import subprocess
import sys
from importlib import import_module

import pytest
from patience import PROCESS

import duologue
from duologue import applications, endpoints, middleware
from duologue.routing import _routes as routing
from duologue.websockets.denial import deny


@pytest.mark.parametrize("name", duologue.__all__)
def test_every_name_is_there(name):
    assert getattr(duologue, name).__name__ == name
    assert name in dir(duologue)


@pytest.mark.parametrize(
    "module",
    [
        (applications, "Duologue"),
        (endpoints, "WebSocketEndpoint"),
        (middleware, "Middleware"),
        (routing, "Host"),
        (routing, "Mount"),
        (routing, "Router"),
        (routing, "WebSocketRoute"),
    ],
    ids=lambda module: module[1],
)
def test_what_comes_late_is_what_its_module_has(module):
    home, name = module
    vars(duologue).pop(name, None)
    assert getattr(duologue, name) is getattr(home, name)
    assert vars(duologue)[name] is getattr(home, name)


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'duologue' has no attribute 'FastAPI'$"):
        _ = duologue.FastAPI


def test_only_what_is_asked_for_is_imported():
    program = (
        "import duologue, sys; before = 'duologue.applications' in sys.modules; "
        "from duologue import Duologue; print(before, 'duologue.applications' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PROCESS
    )
    assert run.stdout == "False True\n"


@pytest.mark.parametrize(
    ("earlier", "home"),
    [
        ("connections", "shutdown"),
        ("conversation", "websockets"),
        ("convertors", "routing.convertors"),
        ("drain", "shutdown"),
        ("middleware.limits", "limits"),
        ("middleware.origins", "origins"),
        ("proxies", "origins"),
    ],
)
def test_an_earlier_name_gives_the_same(earlier, home):
    earlier = import_module(f"duologue.{earlier}")
    home = import_module(f"duologue.{home}")
    assert [getattr(earlier, name) for name in earlier.__all__] == [
        getattr(home, name) for name in earlier.__all__
    ]


def test_an_earlier_name_gives_the_way_to_deny():
    assert import_module("duologue.refusal").refuse is deny
