// The language menu keeps the section that the reader is in. Without this script it keeps the page.
(() => {
  const keep = event => {
    const link = event.target instanceof Element && event.target.closest("[data-translation]")
    if (link) link.hash = location.hash
  }
  for (const kind of ["pointerdown", "focusin", "click"]) document.addEventListener(kind, keep, true)
})()
