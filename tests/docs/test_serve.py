import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import anyio
import httpx
import pytest
from patience import MOMENT, PROCESS

from docs_tools import serve
from docs_tools.project.languages import ROOT, languages
from docs_tools.site.live import Live
from duologue.scripts import parse, play


def test_a_port_in_use_is_said_in_one_line():
    with contextlib.closing(serve.listen("0")) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "docs_tools.serve"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=PROCESS,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"Port {port} is in use. Choose another, as in: make run PORT={port + 1}\n"
    )


@pytest.mark.parametrize("port", ["abc", "65536", "-1", "8000.0"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(serve.PortError, match=f"PORT={port} is not a port"):
        serve.listen(port)


def test_a_port_that_may_not_be_used_is_refused(monkeypatch):
    def bind(self, address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(serve.PortError, match=r"Port 80 cannot be used: Permission denied\."):
        serve.listen("80")


def test_pages_are_served_in_each_language(server):
    for path, tag in [("", "en"), ("zh/", "zh-Hans"), ("ko/websockets/", "ko")]:
        response = httpx.get(server + path, timeout=PROCESS)
        assert response.status_code == 200
        assert f'<html lang="{tag}"' in response.text


def test_copies_and_their_list_are_served_with_their_encoding(server):
    for path, kind, word in [
        ("ko/rooms/index.html.md", "text/markdown; charset=utf-8", "# 방"),
        ("zh/llms.txt", "text/plain; charset=utf-8", "首页"),
    ]:
        response = httpx.get(server + path, timeout=PROCESS)
        assert response.headers["content-type"] == kind
        assert word in response.content.decode()


def test_what_is_not_there_is_said_in_the_language_of_the_path(server):
    for path, title in [
        ("nothing", "This page is not here"),
        ("zh/nothing", "页面不存在"),
        ("ko/a/b/", "페이지를 찾을 수 없습니다"),
    ]:
        response = httpx.get(server + path, timeout=PROCESS)
        assert response.status_code == 404
        assert f"<h1>{title}</h1>" in response.text


def test_the_site_says_which_snippets_are_live(site, server):
    assert (site / "live" / "snippets.json").read_text() == "[]\n"
    response = httpx.get(server + "live/snippets.json", timeout=PROCESS)
    assert response.headers["content-type"] == "application/json"
    assert "websockets/echo" in response.json()


def test_other_live_paths_are_not_found(server):
    assert httpx.get(server + "live/websockets/echo", timeout=PROCESS).status_code == 404


@pytest.mark.parametrize(
    ("kind", "host", "port", "rebound"),
    [
        ("http", "127.0.0.1:8000", 8000, False),
        ("http", "localhost:8000", 8000, False),
        ("http", "[::1]:8000", 8000, False),
        ("http", "evil.example:8000", 8000, True),
        ("http", "evil.example", 80, True),
        ("http", "localhost.evil.example:8000", 8000, True),
        ("http", None, 8000, True),
        ("websocket", "127.0.0.1:8000", 8000, False),
        ("websocket", "evil.example:8000", 8000, True),
        ("websocket", "evil.example", 80, True),
        # a script, played from a terminal: a browser would name the port
        ("websocket", "chat.example", 8000, False),
    ],
)
def test_a_page_of_others_is_told_by_its_host(kind, host, port, rebound):
    headers = [] if host is None else [(b"host", host.encode())]
    scope = {"type": kind, "headers": headers, "server": ("127.0.0.1", port)}
    assert serve.is_rebound(scope) is rebound


def test_pages_of_others_read_nothing(server):
    for path in ("", "live/snippets.json"):
        response = httpx.get(server + path, headers={"host": "evil.example:8000"}, timeout=PROCESS)
        assert response.status_code == 403


async def test_pages_of_others_open_nothing(server):
    script = parse("> open /ws\n    host: evil.example:8000\n< deny 403\n")
    url = server.replace("http", "ws") + "live/websockets/echo"
    with anyio.fail_after(2 * PROCESS):
        await play(script, url, timeout=PROCESS)


def test_it_may_be_interrupted_at_any_moment(monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setenv("PORT", "0")
    monkeypatch.setattr(serve, "build", interrupt)
    assert serve.main() == 130
    assert capsys.readouterr() == ("", "Interrupted: the site is not built.\n")
    monkeypatch.setattr(serve, "build", lambda folder, url: None)
    monkeypatch.setattr(serve, "Site", lambda folder: SimpleNamespace(live=Live(ROOT)))
    for place in ("docs_tools.serve.Site", "docs_tools.serve.say", "uvicorn.Config"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupt)
            patch.setattr("logging.disable", lambda level: None)  # of the other tests
            assert serve.main() == 0


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_what_ends_make_ends_the_server(tmp_path, ended_by):
    """A process manager knows the process of make alone; a terminal signals the whole group."""
    root = tmp_path
    for folder in ("docs_tools", "i18n", "docs_src/websockets"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in ("Makefile", "mkdocs.yml"):
        shutil.copy(ROOT / name, root)
    # The site is there already, for this is not about building it.
    for each in languages(root):
        (root / "site" / each.prefix).mkdir(parents=True, exist_ok=True)
    built = "from docs_tools import build\nbuild.build = lambda folder, **_: None\n"
    (root / "sitecustomize.py").write_text(built)
    ready = [f"--old-file={folder}/.ready" for folder in (".venv", "node_modules")]
    command = ["make", *ready, "run", f"PYTHON={sys.executable}", "PORT=0"]
    with subprocess.Popen(
        command,
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root}:{ROOT / 'src'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as make:
        try:
            said = []
            for line in make.stdout:
                said.append(line)
                if line.startswith("Ctrl-C"):
                    break
            port = int(re.search(r"127\.0\.0\.1:(\d+)", "".join(said))[1])
            socket.create_connection(("127.0.0.1", port), MOMENT).close()
            if ended_by == signal.SIGTERM:
                make.terminate()
            else:
                os.killpg(make.pid, signal.SIGINT)
            # The pipe is closed once the last process that could write to it has gone.
            rest, _ = make.communicate(timeout=PROCESS)
            assert "INFO" not in rest, "the frameworks of some snippets tell how they start"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), MOMENT)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(make.pid, signal.SIGKILL)
