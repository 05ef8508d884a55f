"""Ports for programs in processes of their own, and whether one listens there."""

import socket
import time

from patience import PROCESS


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def knock(port):
    """Connect, and leave at once.

    Raises:
        OSError: Nobody listens.
    """
    socket.create_connection(("127.0.0.1", port), PROCESS).close()


def await_answer(process, name, ask, log=lambda: ""):
    """Wait until a program answers that has just been started, and tells nobody when it listens.

    Args:
        process: Its process.
        name: What it is called.
        ask: Asks it something; raises `OSError` where nobody answers.
        log: What it has written, for who looks for the fault.
    """
    deadline = time.monotonic() + PROCESS
    while True:
        try:
            ask()
        except OSError:
            assert process.poll() is None, f"{name} does not start. {log()}"
            assert time.monotonic() < deadline, f"{name} does not answer. {log()}"
            time.sleep(0.01)
        else:
            return
