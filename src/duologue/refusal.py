"""`refuse` by the name that earlier programs import: see `duologue.websockets.denial`."""

from duologue.websockets.denial import refuse

__all__ = ["refuse"]
