"""People who come to a room and leave it, again and again, and miss nothing or are told."""

import anyio
from guests import Guest

MISSED = "missed"
"""What somebody is told who has missed something."""

OPTIONS = {
    "missed": lambda missed: MISSED,
    "wrap": lambda message: f"{message.offset} {message.data}",
    "json_dumps": str,
}
"""What rooms with a history need, so that a person knows what was received last. All messages are
numbers."""

WITHOUT_HISTORY = {"missed": OPTIONS["missed"], "json_dumps": str}


class Person:
    """Somebody who comes again and again, and says what was received last.

    Args:
        resumes: Whether there is a history. Without one, it knows that it has missed something
            between two visits.

    Attributes:
        received: What came, in all visits.
        begin: The offset that the first visit began at.
        guest: The latest visit.
    """

    def __init__(self, *, resumes=True):
        self.resumes = resumes
        self.received = []
        self.offset = None
        self.begin = None
        self.guest = None
        self._scope = None

    def note(self):
        """Take down what has come."""
        for text in self.guest.heard:
            offset, _, said = text.rpartition(" ")
            self.received.append(MISSED if said == MISSED else int(said))
            self.offset = offset or self.offset
        self.guest.heard.clear()

    async def stay(self, rooms, pace, *, task_status=anyio.TASK_STATUS_IGNORED):
        """Visit the room."""
        self.guest, self._scope = Guest(pace), anyio.CancelScope()
        if not self.resumes:
            self.received.append(MISSED)
        with self._scope:
            async with anyio.create_task_group() as tasks:
                options = {} if self.offset is None else {"after": self.offset}
                try:
                    await tasks.start(self.guest.stay, rooms, "lobby", options)
                except RuntimeError:
                    return  # it has left before it was in
                if self.resumes and self.offset is None:
                    self.offset = self.begin = self.guest.room.offset
                task_status.started()
        self.guest.left.set()

    async def leave(self, *, cancelled=False):
        """End the visit."""
        if cancelled:
            self._scope.cancel()
        else:
            self.guest.leave()
        await self.guest.until_left()
        self.note()

    def check(self, begin, end, *, whole):
        """Check what has been received: everything, or what was told to lack.

        Args:
            begin: The last number that was said before the first visit.
            end: The last number.
            whole: Whether nothing may lack.
        """
        next_one, told = begin + 1, False
        for each in self.received:
            if each == MISSED:
                assert not whole
            else:
                assert each >= next_one if told else each == next_one
                next_one = each + 1
            told = each == MISSED
        assert next_one == end + 1
