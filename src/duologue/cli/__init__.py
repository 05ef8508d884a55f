"""The command `duologue`: plays, checks and records scripts."""

from duologue.cli._main import main

__all__ = ["main"]
