"""Asks axe-core about a page, or about some of its elements."""

from pathlib import Path

from docs_tools.node import tool

AXE = "\n".join(
    path.read_text("utf-8")
    for path in [tool("axe-core/axe.min.js"), Path(__file__).with_suffix(".js")]
)

FOUND = """async selectors => {
    const violations = await ask({ only: document.querySelectorAll(selectors) }, {})
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}"""


def expect_accessible(page, *selectors):
    """Fail for what axe-core finds in some elements, as they are now."""
    if not page.evaluate("'ask' in window"):
        page.add_script_tag(content=AXE)
    found = page.evaluate(FOUND, ", ".join(selectors))
    assert found == [], found
