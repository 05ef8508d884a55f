"""A WebSocket protocol for uvicorn: any ASGI application on picows' parser, written in C.

    uvicorn main:app --ws duologue.uvicorn:PicowsProtocol

`pip install "duologue[fast]"` installs what it needs: uvicorn, picows, websockets and uvloop.
"""

try:
    from duologue.uvicorn._protocol import PicowsProtocol
except ModuleNotFoundError as error:
    _missing = str(error.name).partition(".")[0]
    if _missing not in ("picows", "uvicorn", "websockets"):
        raise
    raise ModuleNotFoundError(
        f'duologue.uvicorn needs {_missing}: pip install "duologue[fast]", '
        "or start uvicorn without its option --ws.",
        name=_missing,
    ) from None

__all__ = ["PicowsProtocol"]
