// For those who hear a page: names that the theme leaves out, and landmarks that are none.
(() => {
  // A section of the menu that is a page itself is labelled by an icon without a word.
  for (const menu of document.querySelectorAll(".md-nav[aria-labelledby]")) {
    const page = menu.parentElement.querySelector(":scope > .md-nav__container > a")
    if (!page) continue
    menu.removeAttribute("aria-labelledby")
    menu.ariaLabel = page.textContent.trim()
  }

  // The box around a copy button leads nowhere. The theme adds it when it likes.
  const mend = () => {
    for (const box of document.querySelectorAll(".md-code__nav:not([role])")) box.role = "none"
  }
  mend()
  new MutationObserver(mend).observe(document.querySelector("article"), { childList: true, subtree: true })
})()
