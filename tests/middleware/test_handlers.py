from functools import partial

import pytest

from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    WebSocketDisconnect,
    WebSocketException,
)
from duologue.middleware._handlers import ExceptionHandlers


class Own(HTTPException):
    pass


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (KeyError(), "LookupError"),
        (LookupError(), "LookupError"),
        (ZeroDivisionError(), "Exception"),
        (ExceptionGroup("", [KeyError()]), "Exception"),
        (HTTPException(401), "401"),
        (Own(401), "401"),
        (Own(403), "Own"),
        (HTTPException(403), None),
        (WebSocketException(4000), None),
        (InvalidPayloadError(), None),  # it is a ValueError too
        (WebSocketDisconnect(1001), None),
    ],
    ids=repr,
)
def test_the_status_comes_first_and_then_the_nearest_type(error, found):
    keys = {"LookupError": LookupError, "Exception": Exception, "401": 401, "Own": Own}
    keys["ValueError"] = ValueError
    handlers = {key: partial(str, name) for name, key in keys.items()}
    handler = ExceptionHandlers(handlers).find(error)
    assert (handler and handler()) == found


@pytest.mark.parametrize("error", [KeyError(), HTTPException(401), WebSocketException(4000)])
def test_without_handlers_none_is_found(error):
    assert ExceptionHandlers().find(error) is None


@pytest.mark.parametrize("key", ["401", None, ValueError(), object, BaseException, int])
def test_a_key_is_a_type_of_exception_or_a_status(key):
    with pytest.raises(TypeError, match=r"^Exception handlers are found by a type of Exception or"):
        ExceptionHandlers({key: print})


@pytest.mark.parametrize("key", [1008, 4000, 101, 200, True])
def test_a_close_code_is_no_status(key):
    with pytest.raises(ValueError, match=r" is not an HTTP status .* WebSocketException"):
        ExceptionHandlers({key: print})


def test_a_handler_is_a_function():
    with pytest.raises(TypeError, match=r"^An exception handler is a function, not 'log'"):
        ExceptionHandlers({401: "log"})
