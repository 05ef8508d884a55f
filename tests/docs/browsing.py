"""What tests need that look at pages in a browser: a server, Chromium, and what axe-core finds."""

import contextlib

from running_server import serve

from docs_tools.node import tool

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--in-process-gpu",  # there is none: a process less
    "--disable-site-isolation-trials",
    # Of Python, what runs is compiled, and not once more to run faster: it does not run for long.
    "--js-flags=--wasm-lazy-compilation --liftoff-only",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@contextlib.contextmanager
def serving(app):
    """Serve an app with its lifespan on a real uvicorn, and say at which address."""
    with serve(app, lifespan="auto") as url:
        yield url.replace("ws", "http", 1) + "/"


AXE = tool("axe-core/axe.min.js").read_text("utf-8")
VIOLATIONS = """async include => {
    const { violations } = await axe.run({ include }, { resultTypes: ["violations"] })
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}"""


def expect_accessible(page, *selectors):
    """Fail for what axe-core finds in some elements, as they are now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(VIOLATIONS, [*selectors])
    assert found == [], found
