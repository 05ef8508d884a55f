"""`deny` by the names that earlier programs import: see `duologue.websockets.denial`."""

from duologue.websockets.denial import deny

refuse = deny

__all__ = ["refuse"]
