import pytest

from duologue.exceptions import (
    HTTPException,
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketException,
    WebSocketStateError,
)


def test_a_disconnect_has_the_code_and_the_reason():
    error = WebSocketDisconnect(1001, "tab closed")
    assert (error.code, error.reason) == (1001, "tab closed")
    assert str(error) == "1001 tab closed"
    assert repr(error) == "WebSocketDisconnect(1001, 'tab closed')"


@pytest.mark.parametrize("error", [WebSocketDisconnect(), WebSocketDisconnect(1000, None)])
def test_a_disconnect_is_a_normal_one_without_a_reason(error):
    assert (error.code, error.reason) == (1000, "")
    assert str(error) == "1000"


def test_a_websocket_exception_has_the_code_and_the_reason():
    error = WebSocketException(code=1008, reason="No token")
    assert (error.code, error.reason) == (1008, "No token")
    assert str(error) == "1008: No token"
    assert repr(error) == "WebSocketException(code=1008, reason='No token')"


def test_a_websocket_exception_needs_no_reason():
    error = WebSocketException(4001)
    assert error.reason == ""
    assert str(error) == "4001: "


def test_a_state_error_is_a_runtime_error():
    assert issubclass(WebSocketStateError, RuntimeError)


def test_unsupported_data_ends_with_1003():
    error = UnsupportedDataError("Expected a text.")
    assert isinstance(error, WebSocketException)
    assert (error.code, error.reason) == (1003, "Expected a text.")


def test_an_invalid_payload_ends_with_1007_and_is_a_value_error():
    error = InvalidPayloadError("No JSON.")
    assert isinstance(error, WebSocketException)
    assert isinstance(error, ValueError)
    assert (error.code, error.reason) == (1007, "No JSON.")


@pytest.mark.parametrize("kind", [UnsupportedDataError, InvalidPayloadError])
def test_a_bad_frame_needs_no_reason(kind):
    assert kind().reason == ""


def test_an_http_exception_has_status_detail_and_headers():
    error = HTTPException(401, "No token", {"www-authenticate": "Bearer"})
    assert (error.status_code, error.detail) == (401, "No token")
    assert error.headers == {"www-authenticate": "Bearer"}
    assert str(error) == "401: No token"
    assert repr(error) == "HTTPException(status_code=401, detail='No token')"


@pytest.mark.parametrize(
    ("status_code", "phrase"), [(401, "Unauthorized"), (404, "Not Found"), (599, "")]
)
def test_the_detail_is_by_default_the_phrase_of_the_status(status_code, phrase):
    error = HTTPException(status_code=status_code)
    assert error.detail == phrase
    assert error.headers is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Not here.",), "The status of an answer is an int, not 'Not here.'."),
        (
            (404, {"room": 7}),
            (
                "The detail is a str, not {'room': 7}. "
                "For a body of another kind, call send_denial_response() with a JSONResponse."
            ),
        ),
    ],
)
def test_what_is_no_answer_is_said_at_once(arguments, message):
    with pytest.raises(TypeError) as raised:
        HTTPException(*arguments)
    assert str(raised.value) == message


def test_an_empty_detail_stays_empty():
    assert HTTPException(401, detail="").detail == ""
