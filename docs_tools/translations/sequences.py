"""Sequence alignment (Gotoh's algorithm): the best way to lay two sequences side by side.

What is paired gains something; what is left alone gains nothing, and a run of it, a gap, has a
price when it opens and when it closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEVER = float("-inf")

Step = tuple[int | None, int | None]
Cell = tuple[int, int]


class Move(IntEnum):
    """How a step ends: with two that are paired, or with one that is left alone."""

    BOTH = 0
    FIRST = 1
    SECOND = 2


@dataclass(frozen=True, slots=True)
class Prices:
    """What gaps in one sequence cost.

    Attributes:
        opening: For each position, the price of a gap that begins with it.
        closing: For each position, and the end, the price of a gap that ends before it.
    """

    opening: Sequence[float]
    closing: Sequence[float]


def lay_side_by_side(
    first: Prices, second: Prices, gain: Callable[[int, int], float | None]
) -> list[Step]:
    """Find the alignment that gains most.

    Args:
        first: The prices of gaps in the first sequence; they also say how long it is.
        second: The same for the second sequence.
        gain: What pairing two positions gains, or none where they cannot be paired.

    Returns:
        Pairs of positions, with none for the other side of what is left alone. In a gap of both
        sequences the first comes first.
    """
    rows, columns = len(first.opening), len(second.opening)
    best: list[dict[Cell, float]] = [{(0, 0): 0.0}, {}, {}]
    came_from: list[dict[Cell, Move]] = [{}, {}, {}]

    def reach(move: Move, cell: Cell, gained: float, ways: dict[Move, float]) -> None:
        """Remember the best of the ways that lead to a cell by a move."""
        origin = before(move, cell)
        worth = {way: best[way].get(origin, NEVER) - price for way, price in ways.items()}
        way = max(worth, key=worth.__getitem__)
        best[move][cell] = worth[way] + gained
        came_from[move][cell] = way

    for row in range(rows + 1):
        for column in range(columns + 1):
            cell = row, column
            gained = gain(row - 1, column - 1) if row and column else None
            if gained is not None:
                closing = first.closing[row - 1], second.closing[column - 1]
                ways = {Move.BOTH: 0.0, Move.FIRST: closing[0], Move.SECOND: closing[1]}
                reach(Move.BOTH, cell, gained, ways)
            if row:
                ways = {Move.FIRST: 0.0, Move.BOTH: first.opening[row - 1]}
                reach(Move.FIRST, cell, 0.0, ways)
            if column:
                opening = second.opening[column - 1]
                ways = {
                    Move.SECOND: 0.0,
                    Move.BOTH: opening,
                    Move.FIRST: opening + first.closing[row],
                }
                reach(Move.SECOND, cell, 0.0, ways)

    cell = rows, columns
    move = max(Move, key=lambda each: best[each].get(cell, NEVER))
    steps: list[Step] = []
    while cell != (0, 0):
        origin = before(move, cell)
        steps.append(
            (
                origin[0] if move is not Move.SECOND else None,
                origin[1] if move is not Move.FIRST else None,
            )
        )
        move, cell = came_from[move][cell], origin
    return steps[::-1]


def before(move: Move, cell: Cell) -> Cell:
    """The cell from which a move leads to this one."""
    row, column = cell
    return row - (move is not Move.SECOND), column - (move is not Move.FIRST)
