"""The command line of the catalogues: ``update``, ``check`` and ``status``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docs_tools.catalogues.checks import check
from docs_tools.catalogues.files import (
    CatalogueError,
    is_translated,
    load_catalogue,
    save_catalogue,
)
from docs_tools.catalogues.merging import merge
from docs_tools.catalogues.project import Catalogue, catalogues
from docs_tools.project.languages import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = """\
Translate docstrings and the comments of snippets, with gettext catalogues:
i18n/LANGUAGE/reference.po and i18n/LANGUAGE/snippets.po.
"""
EPILOG = """\
How to translate:
  1. %(prog)s update
     A new text makes an entry without a translation. A text that is translated elsewhere takes
     that translation. A text that has changed keeps its former translation, marked "fuzzy",
     with the former text in the lines that begin with "#|".
  2. Write each empty "msgstr". Mend each fuzzy one and delete its line "#, fuzzy".
     Keep `code`, the targets of links, {placeholders} and, in comments, the number of lines.
  3. %(prog)s update      fills repeated texts, tidies the file
     %(prog)s check       names what is left

The context of an entry ("msgctxt") says whose words it holds:
  duologue.datastructures.URL.port:text                    the text of a docstring
  duologue.websockets.WebSocket.accept:raises:ValueError   why it raises this
  docs_src/websockets/echo.duo                             a comment in this file

What is missing or fuzzy is shown in English. Exit status: 0 complete, 1 something to mend,
2 wrong use or a broken catalogue.
"""
COMMANDS = {
    "update": "bring the catalogues up to what the code says now",
    "check": "name what is missing, fuzzy, superfluous or damaged",
    "status": "count",
}


def arguments_parser() -> argparse.ArgumentParser:
    """What the commands understand."""
    parser = argparse.ArgumentParser(
        prog="python -m docs_tools.catalogues",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=help_text,
            description=f"{help_text.capitalize()}.",
            epilog=EPILOG.replace("%(prog)s", parser.prog),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument(
            "languages", nargs="*", metavar="LANGUAGE", help="zh, ko; default: every language"
        )
        command.add_argument("--root", type=Path, default=ROOT, help="default: this project")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    parser = arguments_parser()
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        found = catalogues(root)
        known = {each.language for each in found}
        for language in options.languages:
            if language not in known:
                there = ", ".join(sorted(known))
                parser.error(f"there is no language {language}; there are {there}")
        chosen = [each for each in found if each.language in (options.languages or known)]
        return RUN[options.command](chosen, root)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # who reads has seen enough: check | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def run_update(chosen: list[Catalogue], root: Path) -> int:
    """Merge what the code says into the catalogues."""
    for each in chosen:
        outcome = merge(load_catalogue(each.path), each.messages)
        written = save_catalogue(each.path, outcome.catalogue)
        print(
            f"{each.path.relative_to(root)}: {len(each.messages)} entries"
            f" ({outcome.new} new, {outcome.changed} changed, {outcome.gone} gone)"
            + ("" if written else ", nothing to write")
        )
    return 0


def run_check(chosen: list[Catalogue], root: Path) -> int:
    """Name what is to be mended."""
    findings = [finding for each in chosen for finding in check(each)]
    for each in findings:
        line = f":{each.line}" if each.line else ""
        print(f"{each.path.relative_to(root)}{line}: {each.context}: {each.what}")
    return int(bool(findings))


def run_status(chosen: list[Catalogue], root: Path) -> int:
    """Count."""
    for each in chosen:
        entries = {(entry.msgctxt, entry.msgid): entry for entry in load_catalogue(each.path)}
        there = [entries[message.key] for message in each.messages if message.key in entries]
        done = sum(map(is_translated, there))
        fuzzy = sum(entry.fuzzy for entry in there)
        missing = len(each.messages) - done - fuzzy
        print(
            f"{each.path.relative_to(root)}: {done} of {len(each.messages)} translated,"
            f" {fuzzy} fuzzy, {missing} missing"
        )
    return 0


RUN = {"update": run_update, "check": run_check, "status": run_status}

if __name__ == "__main__":
    sys.exit(main())
