"""`TrustedProxies` by the name that earlier programs import: see `duologue.origins`."""

from duologue.origins import TrustedProxies

__all__ = ["TrustedProxies"]
