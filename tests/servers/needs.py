"""What a script needs of a server, read from the script itself."""

import re
from collections import defaultdict

from duologue.scripts import (
    Accept,
    ClientClose,
    ClientMessage,
    Deny,
    Drop,
    Line,
    Open,
    Script,
    ServerClose,
    ServerMessage,
)

# Those that stand in a frame, but for 1000, and but for 1011, which servers send by themselves.
STANDARD_CODES = {1001, 1002, 1003, 1007, 1008, 1009, 1010, 1012, 1013, 1014}


def needs(script: Script, program: str = "") -> dict[str, set[int]]:
    """Find the features that a script needs, and the lines that cannot hold without each.

    Args:
        script: The script.
        program: The source of the program beside it: what it shares through its lifespan, or
            connects there, cannot be seen in the script.
    """
    found: defaultdict[str, set[int]] = defaultdict(set)
    if "lifespan=" in program and re.search(r"\.state\b|\[\"state\"\]|\(Backend\)", program):
        found["lifespan_state"] = {line.number for line in script.lines}
    for index, line in enumerate(script.lines):
        later = script.lines[index:]
        match line:
            case Open(headers=headers):
                names = [name for name, _ in headers]
                twice = [value for name, value in headers if names.count(name) > 1]
                found["repeated_header"] |= {n for value in twice for n in expecting(later, value)}
            case Accept(headers=headers) if headers:
                found["accept_headers"].add(line.number)
            case Deny(status=status, headers=headers, body=body) if (
                status != 403 or headers or body is not None
            ):
                found["denial"].add(line.number)
            case ClientMessage() | ServerMessage() if str(line).endswith((' ""', " 0x")):
                found["empty_messages"] |= {line.number, *expecting(later, "")}
            case ClientClose(code=code, reason=reason):
                name = "close_without_code" if code is None else "close_code"
                found[name] |= expecting(later, str(code or 1005))
                if reason:
                    found["close_reason"] |= expecting(later, reason)
            case ServerClose(code=code, reason=reason):
                if reason != "":
                    found["reason_sent"].add(line.number)
                if code in STANDARD_CODES:
                    found["standard_code_sent"].add(line.number)
            case Drop():
                found["lost_connection"] |= expecting(later, "1006")
            case _:
                pass
    return {name: numbers for name, numbers in found.items() if numbers}


def expecting(lines: tuple[Line, ...], words: str) -> set[int]:
    """Find the lines on which the server says such words."""
    return {line.number for line in lines if isinstance(line, ServerMessage) and words in str(line)}
