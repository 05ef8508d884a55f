"""Compiles what Pyodide reads when a play begins; ``compile.mjs`` runs it, in Pyodide.

Most of the time until the first line of a conversation would go into compiling source, for
WebAssembly is slow at that. Only Pyodide's own Python can do it ahead, for byte code is of one
version.
"""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from importlib import _bootstrap_external
from typing import Any, cast

as_file = cast("Any", _bootstrap_external)._code_to_hash_pyc  # noqa: SLF001

EPOCH = (1980, 1, 1, 0, 0, 0)


def compile_archive(path: str, place: str, *, keep_sources: bool) -> None:
    """Put byte code beside the sources of the modules that have been imported.

    Nothing is compressed: the whole archive will be, which is smaller, and faster to read.

    Args:
        path: The archive, which is replaced.
        place: Where the browser will have it: tracebacks name it.
        keep_sources: Whether the sources of compiled modules stay. Some packages read their own.
    """
    used = {module.__spec__.origin for module in [*sys.modules.values()] if module.__spec__}
    with zipfile.ZipFile(path) as given:
        files = [(info.filename, given.read(info)) for info in given.infolist()]
    with zipfile.ZipFile(path, "w") as made:
        for name, data in files:
            is_used = name.endswith(".py") and f"{place}/{name}" in used
            if is_used:
                code = compile(data, f"{place}/{name}", "exec", dont_inherit=True)
                compiled = bytes(as_file(code, importlib.util.source_hash(data), False))
                made.writestr(zipfile.ZipInfo(f"{name}c", EPOCH), compiled)
            if keep_sources or not is_used:
                made.writestr(zipfile.ZipInfo(name, EPOCH), data)
