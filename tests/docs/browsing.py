"""What tests need that look at pages in a browser: a server, and how Chromium is started."""

import contextlib

from running_server import serve

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--in-process-gpu",  # there is none: a process less
    "--disable-site-isolation-trials",
    # What runs is compiled, and not once more to run faster: it does not run for long.
    "--js-flags=--wasm-lazy-compilation --liftoff-only --no-maglev --no-turbofan",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@contextlib.contextmanager
def serving(app):
    """Serve an app with its lifespan on a real uvicorn, and say at which address."""
    with serve(app, lifespan="auto") as url:
        yield url.replace("ws", "http", 1) + "/"
