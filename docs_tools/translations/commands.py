"""The command line of the comparison: ``check``, ``status``, ``diff`` and ``accept``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from docs_tools.translations import drift, report
from docs_tools.translations.drift import BlockState, State
from docs_tools.translations.lock import Lock, LockError, load_lock, save_lock
from docs_tools.translations.pages import Comparison, compare, compare_edition, findings
from docs_tools.translations.selection import Choice, blocks_of, choose, choose_one
from docs_tools.translations.trees import Edition, UsageError, show, two_trees

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Project = Callable[[], list[Edition]]

DESCRIPTION = """\
Keep translations in step with their source, block by block.

Without --source and --translation: every language of this project.
"""
EXAMPLES = """\
Examples:
  %(prog)s check                          what to mend, in every language
  %(prog)s check docs/ko                  in one language
  %(prog)s diff docs/zh/index.md          what has changed in the source of stale blocks
  %(prog)s accept docs/zh/index.md:12     the block on this line says what the source says
  %(prog)s accept docs/zh/index.md        the whole page does
  %(prog)s check --source text/en --translation text/fr

A page is a file, of the translation or of the source; PAGE:LINE is the block on a line of it,
PAGE#ID what stands under the heading with this id.

Exit status: 0 in step, 1 where something differs, 2 for wrong use.
"""
COMMANDS = {
    "check": "name what is missing, extra, moved, different, new or stale",
    "status": "count the blocks of each page",
    "diff": "show what has changed in the source of stale blocks",
    "accept": "remember that a page, or one block, says what the source says now",
}


class Parser(argparse.ArgumentParser):
    """Says in one line what was wrong."""

    def error(self, message: str) -> NoReturn:
        """Exit with the status for wrong use."""
        self.exit(2, f"{message} (--help says more)\n")


def arguments_parser() -> Parser:
    """What the commands understand."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = Parser(
        prog=f"python -m {__package__}",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=shape,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=help_text,
            description=f"{help_text.capitalize()}.",
            epilog=EXAMPLES.replace("%(prog)s", parser.prog),
            formatter_class=shape,
        )
        pages = "what you have read" if name == "accept" else "default: every page"
        command.add_argument("pages", nargs="*", metavar="PAGE", help=pages)
        command.add_argument(
            "--source", type=Path, metavar="DIR", help="the tree (or file) of the source"
        )
        command.add_argument(
            "--translation", type=Path, metavar="DIR", help="the tree of the translation"
        )
        command.add_argument("--lock", type=Path, metavar="FILE", help="what was accepted (TOML)")
        command.add_argument("--language", metavar="CODE", help="only this language of the project")
        command.add_argument("--format", choices=["text", "json"], default="text")
        if name == "accept":
            command.add_argument("--all", action="store_true", help="accept every page as it is")
    return parser


def main(project: Project, arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        project: Finds the editions of the project that is meant where no folders are named.
        arguments: What is typed behind the name of the program.

    Returns:
        The exit status.
    """
    options = arguments_parser().parse_args(arguments)
    try:
        editions = editions_of(options, project)
        if options.command == "accept":
            return run_accept(editions, options)
        choices = choose(editions, options.pages)
        return READERS[options.command](compare_all(choices), options)
    except (UsageError, LockError) as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # who reads has seen enough: check | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def editions_of(options: argparse.Namespace, project: Project) -> list[Edition]:
    """The languages that are meant."""
    if options.source and options.translation:
        if options.language:
            raise UsageError("--language chooses among this project's; leave out the folders.")
        return [two_trees(options.source, options.translation, options.lock)]
    if options.source or options.translation:
        raise UsageError("--source and --translation belong together: give both, or none.")
    if options.lock:
        raise UsageError("--lock belongs to --source and --translation; this project has its own.")
    editions = project()
    chosen = [each for each in editions if options.language in {None, each.language}]
    if not chosen:
        known = ", ".join(each.language for each in editions)
        raise UsageError(f"There is no language {options.language}. There are {known}.")
    return chosen


def compare_all(choices: Iterable[Choice]) -> list[tuple[Choice, Comparison]]:
    """Read and compare the pages that were named."""
    found: list[tuple[Choice, Comparison]] = []
    for edition, group in groupby(choices, key=attrgetter("edition")):
        own = list(group)
        comparisons = compare_edition(edition, [choice.page for choice in own])
        found += zip(own, comparisons, strict=True)
    return found


def run_check(found: list[tuple[Choice, Comparison]], options: argparse.Namespace) -> int:
    """Name what differs."""
    comparisons = whole_pages(found)
    tell(
        options,
        report.check_text(comparisons, shared_options(options)),
        report.check_json(comparisons),
    )
    return int(any(map(findings, comparisons)))


def run_status(found: list[tuple[Choice, Comparison]], options: argparse.Namespace) -> int:
    """Count blocks."""
    comparisons = whole_pages(found)
    tell(options, report.status_text(comparisons), report.status_json(comparisons))
    return 0


def run_diff(found: list[tuple[Choice, Comparison]], options: argparse.Namespace) -> int:
    """Show what has changed."""
    if any(choice.edition.lock is None for choice, _ in found):
        raise UsageError("Only a lock knows what the source said before: --lock FILE.")
    stale: list[tuple[Comparison, BlockState]] = []
    for choice, comparison in found:
        chosen = blocks_of(choice, comparison)
        stale += [(comparison, each) for each in comparison.in_state(State.STALE) if chosen(each)]
    tell(options, report.diff_text(stale, shared_options(options)), report.diff_json(stale))
    return int(bool(stale))


def run_accept(editions: list[Edition], options: argparse.Namespace) -> int:
    """Remember what a person has accepted."""
    if bool(options.pages) == options.all:
        raise UsageError("Name what you have read, a PAGE or PAGE:LINE; --all accepts everything.")
    if any(edition.lock is None for edition in editions):
        raise UsageError("Say where to remember it: --lock FILE.")
    if options.all:
        choices = choose(editions, [])
    else:
        choices = [choose_one(editions, argument) for argument in options.pages]
    accepted: list[tuple[Comparison, list[BlockState]]] = []
    for edition in editions:
        own = [choice for choice in choices if choice.edition is edition]
        if own and edition.lock:
            lock = load_lock(edition.lock)
            if options.all:
                names = {choice.page.name for choice in own}
                lock = {name: entries for name, entries in lock.items() if name in names}
            accepted += [accept(lock, choice) for choice in own]
            save_lock(edition.lock, lock)
    tell(options, report.accept_text(accepted), report.accept_json(accepted))
    return 0


def accept(lock: Lock, choice: Choice) -> tuple[Comparison, list[BlockState]]:
    """Put into a lock what one choice accepts; returns the blocks that this makes fresh."""
    entries = lock.pop(choice.page.name, [])
    comparison = compare(choice.edition, choice.page, entries)
    if choice.argument and not choice.page.translation.exists():
        raise UsageError(
            f"{show(choice.page.translation)} is not there: there is nothing to accept."
        )
    chosen = blocks_of(choice, comparison)
    if made := drift.accept(comparison.states, entries, chosen):
        lock[choice.page.name] = made
    fresh = [
        each
        for each in comparison.states
        if each.state in {State.NEW, State.STALE} and chosen(each)
    ]
    return comparison, fresh


def whole_pages(found: Iterable[tuple[Choice, Comparison]]) -> list[Comparison]:
    """The pages, where only whole pages make sense."""
    comparisons: list[Comparison] = []
    for choice, comparison in found:
        if not choice.is_whole:
            raise UsageError(f"{choice.argument} is a part of a page; name the page.")
        comparisons.append(comparison)
    return comparisons


def shared_options(options: argparse.Namespace) -> list[str]:
    """The options that the next command needs as well."""
    names = ("source", "translation", "lock")
    given = [(f"--{name}", getattr(options, name)) for name in names]
    return [word for name, value in given if value for word in (name, str(value))]


def tell(options: argparse.Namespace, text: Iterable[str], content: report.Json) -> None:
    """Print for people or for tools."""
    if options.format == "json":
        print(report.as_json(content))
    else:
        for line in text:
            print(line)
    sys.stdout.flush()


READERS = {"check": run_check, "status": run_status, "diff": run_diff}
