"""`Connections` by the name that earlier programs import: see `duologue.shutdown`."""

from duologue.shutdown import Connections

__all__ = ["Connections"]
