// Asks axe-core about a page, or about some of its elements: the violations that it finds.

// axe-core looks at every element of a document, and at most of them several times: on a long page
// that takes a second. While it runs, each element that it is not asked about is a shell of the same
// kind, with nothing in it: what CSS says of all others stays the same.
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
