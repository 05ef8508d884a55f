"""The preview of `make docs`: one language, and a change is in it after a moment."""

import os
import re
import subprocess
import sys
import time

import httpx
import pytest
from patience import BUILD, PROCESS

from docs_tools.serve import listen

pytestmark = pytest.mark.timeout(BUILD)


@pytest.fixture
def preview(copy_project, tmp_path, request):
    """The address of the preview of a page in a language, and the folder that it shows."""
    language, page = request.param
    root = copy_project(tmp_path, page)
    with listen("0") as free:
        port = free.getsockname()[1]
    command = ["mkdocs", "serve", "--dirty", "--no-strict", "--livereload"]
    command += ["--dev-addr", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=root,
        env=os.environ | {"DOCS_LANGUAGE": language, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "Serving on" in line:
                break
        else:
            pytest.fail("".join(said))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=BUILD) as client:
            yield client, root
    finally:
        process.terminate()
        process.wait(PROCESS)
        process.stdout.close()


@pytest.mark.parametrize("preview", [("ko", "scripts")], indirect=True)
def test_a_change_is_shown_and_no_language_is_offered_that_is_not_there(preview):
    client, root = preview
    before = client.get("/scripts/").text
    assert '<html lang="ko"' in before
    assert "data-translation" not in before
    assert 'hreflang="' not in before
    assert 'class="notice' not in before

    source = root / "docs" / "en" / "scripts.md"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("Most messages", "Nearly all messages"), encoding="utf-8")
    began = time.monotonic()
    epoch, number = re.search(r"\nlivereload\((\d+), (\d+)\);", before).groups()
    # The page of a browser asks this, and is answered once there is something new.
    assert int(client.get(f"/livereload/{epoch}/{number}").text) > int(epoch)
    print(f"{time.monotonic() - began:.1f} s")
    after = client.get("/scripts/").text
    assert 'class="notice notice--stale"' in after
    assert "Nearly all messages" in after
    copy = client.get("/scripts/index.html.md")
    assert copy.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "Nearly all messages" in copy.text
    listed = client.get("/llms.txt")
    assert listed.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"]({client.base_url.join('scripts/index.html.md')}): 대본" in listed.text


@pytest.mark.parametrize("preview", [("en", "websockets")], indirect=True)
def test_a_snippet_that_has_changed_is_shown(preview):
    client, root = preview
    before = client.get("/websockets/").text
    assert "changed-name" not in before
    program = root / "docs_src" / "websockets" / "echo.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("Message text was", "changed-name"), encoding="utf-8")
    epoch, number = re.search(r"\nlivereload\((\d+), (\d+)\);", before).groups()
    assert int(client.get(f"/livereload/{epoch}/{number}").text) > int(epoch)
    assert "changed-name" in client.get("/websockets/").text
