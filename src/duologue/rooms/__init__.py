"""Rooms: one message to everybody in them, in one process or in many."""

from duologue.rooms._backends import Backend, BackendError, Listener
from duologue.rooms._queues import Missed, Policy
from duologue.rooms._room import Room
from duologue.rooms._rooms import Rooms
from duologue.rooms._statistics import RoomStatistics, Statistics

__all__ = [
    "Backend",
    "BackendError",
    "Listener",
    "Missed",
    "Policy",
    "Room",
    "RoomStatistics",
    "Rooms",
    "Statistics",
]
