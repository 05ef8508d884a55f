"""`LimitMiddleware` among the other middleware: see `duologue.limits`."""

from duologue.limits import LimitMiddleware

__all__ = ["LimitMiddleware"]
