"""Graceful shutdown: the open WebSockets of an application are closed before its server stops."""

from duologue.shutdown.connections import Connections
from duologue.shutdown.connections import OpenConnections as OpenConnections
from duologue.shutdown.drain import Drain, shield

__all__ = ["Connections", "Drain", "shield"]
