"""Rooms: one message to all members, in one process or in many."""

from duologue.rooms._backends import Backend, BackendError, Change, Listener, Present
from duologue.rooms._history import History, OffsetError, Past, Published, with_offset
from duologue.rooms._presence import Presence, RoomMember
from duologue.rooms._queues import Missed, Policy
from duologue.rooms._room import Room
from duologue.rooms._rooms import Rooms
from duologue.rooms._statistics import RoomStatistics, Statistics

__all__ = [
    "Backend",
    "BackendError",
    "Change",
    "History",
    "Listener",
    "Missed",
    "OffsetError",
    "Past",
    "Policy",
    "Presence",
    "Present",
    "Published",
    "Room",
    "RoomMember",
    "RoomStatistics",
    "Rooms",
    "Statistics",
    "with_offset",
]
