"""The servers that everything is tried on, and the commands that start them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from patience import MOMENT, PROCESS
from shared import silence, watch

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Variant:
    """A server, and the way in which it is run.

    Args:
        name: What files and tables call it.
        server: The package of the server.
        setting: What it was told to use, empty where there is nothing to choose.
        command: The command, where `{port}` stands for the port and `{app}` for `MODULE:APP`.
        ready: What it logs once it listens.
    """

    name: str
    server: str
    setting: str
    command: str
    ready: str

    @property
    def waits_for_clients(self) -> bool:
        """Whether it goes on after SIGTERM until its clients have left, whatever its time limit is.

        hypercorn awaits asyncio's `Server.wait_closed` before it looks at the time. From Python
        3.12 on, that waits for connections.
        """
        return self.name == "hypercorn-asyncio" and sys.version_info >= (3, 12)


_UVICORN = (
    "uvicorn {app} --host 127.0.0.1 --port {port} --loop asyncio --http h11"
    " --timeout-graceful-shutdown 1 --ws "
)
_HYPERCORN = "hypercorn {app} --bind 127.0.0.1:{port} --graceful-timeout 1 -k "
_ANYCORN = "anycorn {app} --bind 127.0.0.1:{port} --graceful-timeout 1 -k "

_VARIANTS = [
    *(
        Variant(f"uvicorn-{ws}", "uvicorn", ws, _UVICORN + ws, "Uvicorn running on")
        for ws in ("websockets-sansio", "websockets", "wsproto")
    ),
    Variant(
        "uvicorn-picows",
        "uvicorn",
        "PicowsProtocol",
        _UVICORN + "duologue.uvicorn:PicowsProtocol",
        "Uvicorn running on",
    ),
    *(
        Variant(f"hypercorn-{loop}", "hypercorn", loop, _HYPERCORN + loop, "Running on http")
        for loop in ("asyncio", "trio")
    ),
    *(
        Variant(f"anycorn-{loop}", "anycorn", loop, _ANYCORN + loop, "Running on http")
        for loop in ("asyncio", "trio")
    ),
    Variant(
        "granian",
        "granian",
        "",
        "granian --interface asgi --loop asyncio --host 127.0.0.1 --port {port} "
        "--workers-kill-timeout 1 {app}",
        "Started worker-1",
    ),
    Variant(
        "gunicorn",
        "gunicorn",
        "",
        "gunicorn -k asgi --asgi-loop asyncio -b 127.0.0.1:{port} --worker-connections 2000 "
        "--graceful-timeout 1 --no-control-socket {app}",
        "ASGI server listening on",
    ),
    Variant("daphne", "daphne", "", "daphne -b 127.0.0.1 -p {port} {app}", "Listening on TCP"),
]
VARIANTS = {variant.name: variant for variant in _VARIANTS}


class Server:
    """A server that runs, as a process of its own.

    Attributes:
        variant: What it is.
        port: Where it listens.
        log: What it has written so far, line by line.
    """

    def __init__(self, variant: Variant, app: str, folder: Path, environment: dict[str, str]):
        self.variant = variant
        self.log: list[str] = []
        self._ready = threading.Event()
        self._ended = threading.Event()
        # Bound, but never listening: nobody else gets the port, and the server can bind it too.
        with socket.socket() as reservation:
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reservation.bind((HOST, 0))
            self.port: int = reservation.getsockname()[1]
            self._process = self._start(app, folder, environment)
            self._reader = threading.Thread(target=self._read)
            self._reader.start()
            listens = self._ready.wait(PROCESS) and self._accepts()
        if not listens:
            self.stop()
            raise RuntimeError(f"{variant.name} does not listen:\n" + "".join(self.log))

    @property
    def url(self) -> str:
        """Where it is: `ws://HOST:PORT`."""
        return f"ws://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process that was started, and the group of all its processes."""
        return self._process.pid

    def interrupt(self) -> None:
        """Send SIGINT to the process that was started, as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """Send SIGTERM to the process that was started, as a supervisor does."""
        self._process.send_signal(signal.SIGTERM)

    def terminate_all(self) -> None:
        """Send SIGTERM to all its processes, as systemd does."""
        os.killpg(self._process.pid, signal.SIGTERM)

    def wait(self) -> int:
        """Wait until the process has ended, and say how: its exit status.

        Raises:
            subprocess.TimeoutExpired: It goes on.
        """
        return self._process.wait(PROCESS)

    def ends(self, seconds: float) -> bool:
        """Wait some seconds whether it ends."""
        return self._ended.wait(seconds)

    def trouble(self) -> str | None:
        """Tell why nobody can talk with it, or nothing."""
        if (status := self._process.poll()) is not None:
            self._ended.wait(MOMENT)  # until its log has been read
            return f"{self.variant.name} has ended with status {status}"
        wrong = silence(HOST, self.port)
        return wrong and f"{self.variant.name}: {wrong}"

    def stop(self) -> None:
        """End it and everything it has started, at once."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait(PROCESS)
        self._reader.join(PROCESS)
        self._process.stdout.close()

    def _start(
        self, app: str, folder: Path, environment: dict[str, str]
    ) -> "subprocess.Popen[str]":
        program, *arguments = self.variant.command.split()
        filled = [argument.format(port=self.port, app=app) for argument in arguments]
        # It shall not outlive who has started it, even if that is killed (util-linux has this).
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        # The process is not measured: it would be slow, and it is killed in the end.
        inherited = {key: value for key, value in os.environ.items() if "COVERAGE" not in key}
        return subprocess.Popen(
            [*guard, Path(sys.executable).parent / program, *filled],
            cwd=ROOT,
            env={
                **inherited,
                "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT), str(ROOT / "src")]),
                "PYTHONUNBUFFERED": "1",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def _accepts(self) -> bool:
        # Some say that they listen a moment before they do.
        while not self._ended.wait(0.01):
            try:
                socket.create_connection((HOST, self.port), PROCESS).close()
            except ConnectionError:
                continue
            return True
        return False

    def _read(self) -> None:
        for line in self._process.stdout:
            self.log.append(line)
            if self.variant.ready in line:
                self._ready.set()
        self._ended.set()
        self._ready.set()


@contextmanager
def serving(
    variant: Variant, app: str = "served:app", folder: Path | None = None, **environment: str
) -> Iterator[Server]:
    """Run a server, and stop it and whatever it has started at the end of the block.

    Args:
        variant: One of `VARIANTS`.
        app: `MODULE:APP`, to be imported from the folder or from the root of the project.
        folder: Where the module is; by default the folder of this file.
        environment: Further variables for the process.

    Raises:
        RuntimeError: It does not start; the message holds its log.
    """
    server = Server(variant, app, folder or Path(__file__).parent, environment)
    try:
        with watch(server, server.trouble, server.log):
            yield server
    finally:
        server.stop()
