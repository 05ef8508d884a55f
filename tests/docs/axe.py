"""Asks axe-core about a page, or about some of its elements."""

from docs_tools.node import tool

# axe-core looks at every element of a document, and at most of them several times: on a long page
# that takes a second. While it runs, each element that it is not asked about is a shell of the same
# kind, with nothing in it: what CSS says of all others stays the same.
AXE = (
    tool("axe-core/axe.min.js").read_text("utf-8")
    + """
window.ask = async ({ only, without = [] }, options) => {
    const shells = []
    const empty = one => {
        if (!one.firstElementChild || !one.isConnected) return
        const shell = one.cloneNode(false)
        one.replaceWith(shell)
        shells.push([one, shell])
    }
    const asked = new Set(only)
    if (only && !asked.size) throw new Error("There is nothing to ask axe-core about.")
    const around = new Set(document.querySelectorAll("[data-md-component]")) // the theme needs them
    for (const one of [...asked, ...around])
        for (let up = one.parentElement; up; up = up.parentElement) around.add(up)
    const enter = one => {
        for (const child of [...one.children])
            if (!asked.has(child)) (around.has(child) ? enter : empty)(child)
    }
    try {
        if (only && !asked.has(document.documentElement)) enter(document.body)
        for (const selector of without)
            for (const one of document.querySelectorAll(selector)) if (!around.has(one)) empty(one)
        const context = only ? { include: [...only] } : { exclude: without.map(one => [one]) }
        const { violations } = await axe.run(context, { resultTypes: ["violations"], ...options })
        return violations
    } finally {
        for (const [one, shell] of shells) shell.replaceWith(one)
    }
}
undefined // Playwright would call the function, if the script ended with it
"""
)

FOUND = """async selectors => {
    const violations = await ask({ only: document.querySelectorAll(selectors) }, {})
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}"""


def expect_accessible(page, *selectors):
    """Fail for what axe-core finds in some elements, as they are now."""
    if not page.evaluate("'ask' in window"):
        page.evaluate(AXE)
    found = page.evaluate(FOUND, ", ".join(selectors))
    assert found == [], found
