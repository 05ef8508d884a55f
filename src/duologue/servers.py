"""What is known of particular servers, where their ways are not those of ASGI."""

# What begins a `RuntimeError` of a `send` that comes too late. ASGI says `OSError`.
_TOO_LATE = (
    "Unexpected ASGI message ",  # uvicorn with the legacy `websockets`
    "ASGI transport ",  # granian
    "ASGI flow ",
    "unable to perform operation on <",  # uvloop, whose transport is closed
)


def tells_of_loss(error: Exception) -> bool:
    """Tell whether an error that the server's own `send` has raised says that the client has left.

    That is an `OSError` of the server's own, or one of the operating system about the connection
    (ASGI, "Send - send event"), and the words in which some servers say it instead. Every other
    error is a failure.
    """
    if isinstance(error, ConnectionError):
        return True
    kind = type(error)
    if isinstance(error, OSError):  # that of a file has a number, or a class that Python has for it
        return error.errno is None and (kind is OSError or kind.__module__ != "builtins")
    return kind is RuntimeError and str(error).startswith(_TOO_LATE)
