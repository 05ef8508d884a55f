"""The page at the end of the tutorial: in a browser, with its program, whose process is killed."""

import os
import subprocess
import sys
from functools import partial

import pytest
from anyio.from_thread import start_blocking_portal
from axe import expect_accessible
from listening import await_answer, free_port, knock
from patience import PAGE, PROCESS
from playwright.sync_api import expect
from redis_server import running_redis

from docs_tools.project.languages import ROOT
from duologue.rooms import History, Rooms

# Notes for how long the page waits before it tries again, and makes that a thousandth.
SHORTLY = """
    window.delays = []
    const later = window.setTimeout
    window.setTimeout = (action, delay) => {
        if (action.name === "connect") delays.push(delay)
        return later(action, delay)
    }
    Math.random = () => 0.001
"""


class Program:
    """The program of the last chapter, in a process of its own, always on the same port."""

    def __init__(self, redis):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.environment = os.environ | {"REDIS_URL": redis.url}
        self.process = None

    def start(self):
        module = "docs_src.tutorial.page:app"
        command = [sys.executable, "-m", "uvicorn", module, "--port", str(self.port)]
        command += ["--log-level", "critical"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        await_answer(self.process, "uvicorn", partial(knock, self.port))

    def kill(self):
        self.process.kill()
        self.process.wait(PROCESS)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def program(redis):
    program = Program(redis)
    program.start()
    yield program
    program.kill()


@pytest.fixture
def page(browser, program):
    if program.process.poll() is not None:
        program.start()
    page = browser.new_page()
    page.set_default_timeout(PAGE * 1000)
    page.add_init_script(SHORTLY)
    yield page
    page.close()


async def say(redis, *texts):
    """Write to the ticket from another process than that of the program."""
    rooms = Rooms(redis.url, history=History(messages=100, seconds=3600))
    async with rooms.lifespan():
        for text in texts:
            await rooms.send_json("ticket 7", {"from": "Sam", "text": text})


def delays(page):
    """Wait until the page has tried again four times, and say how long it waited before each."""
    page.wait_for_function("delays.length >= 4")
    return page.evaluate("delays.splice(0).slice(0, 4)")


def test_after_a_crash_the_page_comes_again_and_gets_what_it_has_missed_once(page, program, redis):
    page.goto(f"{program.address}#7/ada-token")
    state, messages = page.locator("#state"), page.locator("#messages li")
    expect(state).to_have_text("Connected")
    page.get_by_label("Message").fill("My lamp is broken.")
    page.get_by_role("button").click()
    seen = ["Ada is here.", "Ada: My lamp is broken."]
    expect(messages).to_have_text(seen)
    expect_accessible(page, "html")

    program.kill()
    expect(state).to_have_text("Trying again")
    assert delays(page) == [1, 2, 4, 8]
    page.get_by_label("Message").fill("Hello?")
    page.get_by_role("button").click()  # nothing can be sent, and the text stays in its field
    with start_blocking_portal() as portal:
        portal.call(say, redis, "We send a new one.", "It comes tomorrow.")
    program.start()
    expect(state).to_have_text("Connected")
    seen += ["Sam: We send a new one.", "Sam: It comes tomorrow.", "Ada is here."]
    expect(messages).to_have_text(seen)
    page.get_by_role("button").click()
    seen += ["Ada: Hello?"]
    expect(messages).to_have_text(seen)

    page.evaluate("delays.length = 0")
    program.kill()
    assert delays(page) == [1, 2, 4, 8], "a message does not reset the time"
    expect(messages).to_have_text(seen)


def test_what_cannot_work_is_not_tried_again(page, program):
    page.goto(program.address)
    expect(page.locator("#state")).to_have_text("Open this page as /#7/ada-token")
    page.goto("about:blank")
    page.goto(f"{program.address}#7/ada-token")
    expect(page.locator("#state")).to_have_text("Connected")
    page.evaluate("address.searchParams.set('after', 'yesterday'); socket.close()")
    expect(page.locator("#state")).to_have_text("Closed: This is not an offset of these rooms.")


def test_a_token_that_is_wrong_is_asked_about_after_five_attempts(page, program):
    page.goto(f"{program.address}#7/nobody")
    expect(page.locator("#state")).to_have_text("No connection. Is the token right?")
    assert page.evaluate("delays") == [1, 2, 4, 8]
