"""`Drain` and `shield` by the names that earlier programs import: see `duologue.shutdown`."""

from duologue.shutdown import Drain, shield

__all__ = ["Drain", "shield"]
