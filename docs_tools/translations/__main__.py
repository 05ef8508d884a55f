"""The commands, for the translations of this project: the only module here that knows of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from docs_tools.project.editions import editions
from docs_tools.translations import commands

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    return commands.main(editions, arguments)


if __name__ == "__main__":
    sys.exit(main())
