"""State: values that an application shares."""

from collections.abc import Iterator
from typing import Any


class State:
    """Values that the application shares: `state.name` and `state["name"]` are the same.

    Args:
        state: The dictionary with the values. It is not copied.
    """

    _state: dict[str, Any]

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__setattr__("_state", {} if state is None else state)

    def __getattr__(self, key: str) -> Any:
        try:
            # Not `self._state`, which would come here again in a copy that is being made.
            return self.__dict__["_state"][key]
        except KeyError:
            raise AttributeError(f"The state has no {key!r}.") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self._state[key] = value

    def __delattr__(self, key: str) -> None:
        try:
            del self._state[key]
        except KeyError:
            raise AttributeError(f"The state has no {key!r}.") from None

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._state[key] = value

    def __delitem__(self, key: str) -> None:
        del self._state[key]

    def __contains__(self, key: object) -> bool:
        return key in self._state

    def __iter__(self) -> Iterator[str]:
        return iter(self._state)

    def __len__(self) -> int:
        return len(self._state)

    def __repr__(self) -> str:
        return f"State({self._state!r})"
