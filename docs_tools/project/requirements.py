"""What a reader installs to run the program of a snippet."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docs_tools.project.snippets import Snippet

OURS = "duologue[server,cli]"
BROUGHT = frozenset({"duologue", "anyio"})
"""The modules that come with Duologue."""

OF_MODULES = {
    "opentelemetry": ["opentelemetry-sdk", "opentelemetry-instrumentation-asgi"],
    "prometheus_client": ["prometheus-client"],
    "sqlalchemy": ["sqlalchemy[asyncio]", "aiosqlite"],
}
"""The packages of the modules that are not called like their package."""


def requirements(snippet: Snippet) -> list[str]:
    """The packages that the program of a snippet needs, as pip takes them: Duologue comes first."""
    modules = imports(snippet.program.read_text(encoding="utf-8"))
    others = sorted(modules - BROUGHT - set(sys.stdlib_module_names))
    return [OURS, *(package for module in others for package in OF_MODULES.get(module, [module]))]


def imports(source: str) -> set[str]:
    """The top-level names of the modules that a program imports, wherever it does so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
