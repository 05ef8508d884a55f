import logging
import re
from html import unescape

import pytest


def test_a_dialogue_is_a_snippet_and_its_script(render):
    html = render("```dialogue\nwebsockets/echo\n```")
    assert '<span class="filename">docs_src/websockets/echo.py</span>' in html
    assert '<span class="hll">' in html
    assert "&lt;--" not in html
    assert 'data-duologue="websockets/echo"' in html
    text = re.sub("<[^>]+>", "", html)
    assert 'pip install "duologue[server,cli]"\n' in unescape(text)
    assert "duologue play main.duo" in text
    assert "uvicorn main:app" in text


def test_a_test_keeps_its_name_and_packages_are_named(render):
    html = render("```dialogue\ntesting/test_sync\n```")
    text = unescape(re.sub("<[^>]+>", "", html))
    assert 'pip install "duologue[server,cli]" pytest\n' in text
    assert "duologue play test_sync.duo" in text


def test_a_dialogue_may_stand_inside_of_something(render):
    html = render("- item\n\n    ```dialogue\n    websockets/echo\n    ```")
    assert "<li>" in html
    assert 'data-duologue="websockets/echo"' in html


def test_a_snippet_is_one_file(render):
    html = render("```snippet\nwebsockets/echo.duo\n```")
    assert '<span class="filename">docs_src/websockets/echo.duo</span>' in html
    assert '<div class="language-duo highlight">' in html


@pytest.mark.parametrize(
    ("fence", "reason"),
    [
        ("dialogue\nwebsockets/nothing", "there is no file docs_src/websockets/nothing.duo"),
        ("diagram\nwebsockets/nothing", "there is no file docs_src/websockets/nothing.diagram"),
        ("snippet\nwebsockets/nothing.py", "there is no file docs_src/websockets/nothing.py"),
        ("snippet\n../pyproject.toml", "'../pyproject.toml' lies outside of docs_src/"),
    ],
)
def test_what_is_not_there_is_a_warning(render, caplog, fence, reason):
    with caplog.at_level(logging.WARNING):
        html = render(f"```{fence}\n```")
    kind, name = fence.split("\n")
    assert caplog.messages == [f"en/page.md: the fence {kind} {name!r}: {reason}"]
    assert caplog.records[0].name.startswith("mkdocs.")
    assert '<pre class="fence-error">' in html


def test_an_example_shows_parts_of_a_program_and_leads_to_it(render):
    html = render("```example\nrooms/news\n3-4 17-18\n18\n```")
    text = re.sub("<[^>]+>", "", html)
    assert "<summary>Example</summary>" in html
    assert text.index("import Rooms") < text.index("# ...") < text.index("iter_text")
    assert "&lt;--" not in html
    assert html.count('class="hll"') == 1
    assert 'href="../rooms/#listening">Rooms</a>' in html
