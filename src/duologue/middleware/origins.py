"""`OriginMiddleware` among the other middleware: see `duologue.origins`."""

from duologue.origins import OriginMiddleware

__all__ = ["OriginMiddleware"]
