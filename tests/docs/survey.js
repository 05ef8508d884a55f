// What survey.py asks of a page. It runs before the page does, and is asked when that is there.
window.survey = (() => {
  let fresh = [] // elements that look as none has before

  // What is too wide, from the inside out: an element that scrolls by itself hides what is in it.
  function wide() {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const hides = element => getComputedStyle(element).overflowX !== "visible"
    const isHidden = element => {
      for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
        if (hides(up)) return true
    }
    return [...document.body.querySelectorAll("*")]
      .filter(one => one.getBoundingClientRect().right > width + 0.5 && !isHidden(one))
      .slice(-3).map(one => one.outerHTML.slice(0, 120))
      .concat(`the page is ${document.documentElement.scrollWidth} px wide, not ${width}`)
  }

  // What is torn or covered: a name in a table that breaks inside, a Korean word that does, an option
  // that loses its dashes, a text under the button that copies it, a title that is cut.
  function torn() {
    const found = []
    const lines = range => new Set(
      [...range.getClientRects()].filter(({ width }) => width).map(({ top }) => Math.round(top))
    ).size
    const texts = function* (element) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
      while (walker.nextNode()) yield walker.currentNode
    }
    const look = (element, word, fault) => {
      const range = document.createRange()
      for (const node of texts(element)) {
        range.selectNodeContents(node)
        if (lines(range) < 2) continue
        for (const { index, 0: { length } } of node.data.matchAll(word)) {
          if (!index && node.previousSibling) continue // with a name it may be too long
          range.setStart(node, index)
          range.setEnd(node, index + length)
          if (lines(range) > 1) found.push(`${fault}: ${range}`)
        }
      }
    }
    const all = selector => [...document.querySelectorAll(selector)].filter(
      one => one.checkVisibility() && !one.parentElement.closest(selector)
    )
    for (const one of all("td code, th code")) look(one, /[\w.]+/g, "broken name")
    for (const one of all(":is(article, .md-nav, p):lang(ko)"))
      look(one, /\p{Script=Hangul}+/gu, "broken word")
    for (const one of document.querySelectorAll("code .dashes"))
      if (one.getClientRects().length > 1)
        found.push(`broken option: ${one.parentElement.innerText}`)
    for (const button of all(".md-code__nav")) {
      const { left, top, bottom } = button.getBoundingClientRect()
      const code = button.parentElement.querySelector("code")
      const end = code.getBoundingClientRect().right // it scrolls
      const range = document.createRange()
      for (const node of texts(code)) {
        if (!node.data.trim()) continue
        range.selectNodeContents(node)
        const isUnder = [...range.getClientRects()].some(text =>
          Math.min(text.right, end) > left && text.top < bottom && text.bottom > top
        )
        if (isUnder) found.push(`covered by a button: ${node.data.trim()}`)
      }
    }
    for (const one of all(".md-footer .md-ellipsis"))
      if (one.scrollWidth > one.clientWidth) found.push(`cut: ${one.innerText}`)
    return found
  }

  // The characters that a reader sees or hears of, by language and family of fonts.
  function characters() {
    const found = {}
    const note = (element, family, text) => {
      const key = JSON.stringify([element.closest("[lang]").lang, family])
      const characters = found[key] ??= new Set()
      for (const one of text ?? "") characters.add(one)
    }
    for (const element of document.querySelectorAll("body, body *:not(script, style)")) {
      const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
      const named = ["alt", "aria-label", "placeholder", "title"].filter(
        name => element.hasAttribute(name)
      )
      if (!texts.length && !named.length) continue
      const family = getComputedStyle(element).fontFamily
      for (const node of texts) note(element, family, node.data)
      for (const name of named) note(element, family, element.getAttribute(name))
    }
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    for (const rule of rules.flatMap(rule => [rule, ...(rule.cssRules ?? [])])) {
      if (!rule.style?.content.startsWith('"')) continue
      for (const selector of rule.selectorText.split(",")) {
        const element = document.querySelector(selector.replace(/:.*/, "") || "*")
        if (element) note(element, getComputedStyle(element).fontFamily, rule.style.content)
      }
    }
    return Object.entries(found).map(([key, all]) => [key, [...all].join("")])
  }

  // Those that no font has. They are drawn like a code point that will never be a character.
  function missing(key, characters) {
    const [lang, family] = JSON.parse(key)
    const canvas = document.createElement("canvas")
    canvas.width = canvas.height = 32
    canvas.lang = lang
    document.body.append(canvas)
    const context = canvas.getContext("2d", { willReadFrequently: true })
    context.font = `16px ${family}`
    const draw = text => {
      context.clearRect(0, 0, 32, 32)
      context.fillText(text, 4, 20)
      return new Uint32Array(context.getImageData(0, 0, 32, 32).data.buffer)
    }
    const nothing = [draw(""), draw("\u{378}"), draw("\u{1fffe}"), draw("\u{10fffe}")]
    const isNothing = drawn => nothing.some(one => one.every((value, at) => value === drawn[at]))
    const missing = [...characters].filter(
      one => !/[\p{Cc}\p{Cf}\p{Z}\p{M}]/u.test(one) && isNothing(draw(one))
    )
    canvas.remove()
    return missing
  }

  // What text looks like: its own style, and those of all that is around it. The elements whose look
  // has not been seen yet are kept as `fresh`, and a block of code without one of them gets a class.
  // What nobody sees has no look.
  function looks(known) {
    const hash = text => {
      let [low, high] = [0xdeadbeef, 0x41c6ce57]
      for (let at = 0; at < text.length; at++) {
        low = Math.imul(low ^ text.charCodeAt(at), 2654435761)
        high = Math.imul(high ^ text.charCodeAt(at), 1597334677)
      }
      return `${low >>> 0}-${high >>> 0}`
    }
    const looks = new Map([[null, ""]])
    const look = one => {
      if (!looks.has(one)) {
        const style = getComputedStyle(one)
        looks.set(one, hash([
          look(one.parentElement), one.localName, one.getAttribute("class"), style.color,
          style.backgroundColor, style.backgroundImage, style.opacity,
          style.textDecorationLine, style.fontSize, style.fontWeight,
        ].join()))
      }
      return looks.get(one)
    }
    const says = one => one.matches("button, input, select, textarea")
      || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    const isSeen = one => {
      const { left, right, height } = one.getBoundingClientRect()
      return right > 0 && left < innerWidth && height > 0 && one.checkVisibility({
        visibilityProperty: true, opacityProperty: true
      })
    }
    const all = new Set(known)
    fresh = [...document.querySelectorAll("body, body *")].filter(one => {
      if (!says(one) || all.has(look(one)) || !isSeen(one)) return false
      all.add(look(one))
      return true
    })
    const blocks = new Set(fresh.map(one => one.closest(".highlight")))
    for (const block of document.querySelectorAll(".highlight"))
      block.classList.toggle("seen", !blocks.has(block))
    return [...all]
  }

  // What axe-core finds by some of its rules, and a few of the places.
  async function violations(about, rules) {
    const found = await ask(about, { ...rules, preload: false, elementRef: false, selectors: false })
    return found.map(({ id, help, nodes }) => [
      `${id}: ${help} (${nodes.length})`,
      ...nodes.slice(0, 3).flatMap(({ html, failureSummary }) =>
        [html, failureSummary.replace(/\s+/g, " ")].map(line => `    ${line}`)
      ),
    ].join("\n"))
  }

  // In a page without some of its elements, by all rules but some.
  function inPage(without, unasked) {
    const rules = Object.fromEntries(unasked.map(rule => [rule, { enabled: false }]))
    return violations({ without }, { rules })
  }

  // In what is `fresh`, by some rules alone.
  function inFresh(rules) {
    return fresh.length ? violations({ only: fresh }, { runOnly: rules }) : []
  }

  return { wide, torn, characters, missing, looks, inPage, inFresh }
})()
