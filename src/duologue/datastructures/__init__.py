"""Data from a scope: an address, a URL, headers, query parameters, shared state."""

from duologue._asgi.scopes import Address
from duologue.datastructures._headers import Headers, MutableHeaders, QueryParams
from duologue.datastructures._state import State
from duologue.datastructures._urls import URL

__all__ = ["URL", "Address", "Headers", "MutableHeaders", "QueryParams", "State"]
