// Finds the dialogues of a page, and lets the reader play them: in the page itself, or on the server
// that shows the page, where that has the snippets live (`make run`). What does so is in `playground`,
// and loaded when the reader first asks for it.
(() => {
  const stages = [...document.querySelectorAll(".duologue[data-duologue]")]
  if (!stages.length || !location.protocol.startsWith("http")) return

  const { root, python, words } = JSON.parse(document.getElementById("duologue-words").textContent)
  const site = new URL(root, location.href)
  const own = document.currentScript.src
  // At once: the theme writes the place on the page there as soon as the reader scrolls.
  const shared = new URLSearchParams(location.hash.slice(1))
  const hasPython = window.Worker && window.WebAssembly && window.DecompressionStream

  const explain = (sentence, why) => words[sentence].replace("{why}", words[`why_${why}`])

  const prepare = (stage, isLive) => {
    const status = stage.querySelector(".duologue__status")
    const name = stage.dataset.duologue
    const { why, elsewhere } = JSON.parse(stage.querySelector("script").textContent)
    const places = []
    if (isLive && !why) places.push("server")
    if (!elsewhere) places.push("page")
    if (!hasPython || !places.length) {
      const sentence = isLive ? explain("cannot", why) : explain("elsewhere", elsewhere)
      status.textContent = places.length ? words.too_old : sentence
      return
    }

    const button = stage.querySelector(".duologue__play")
    const tools = document.createElement("div")
    tools.className = "duologue__tools"
    stage.querySelector(".duologue__details").before(tools)
    const where = places.length > 1 && choice(places)
    if (where) tools.append(where)

    let workshop = null
    const options = {
      tools,
      place: () => where ? where.value : places[0],
      home: new URL(python, location.href),
      address: new URL(`live/${name}`, site),
    }
    const open = async () => {
      try {
        const { Workshop } = await import(new URL("playground/workshop.mjs", own))
        return new Workshop(stage, options)
      } catch (error) {
        workshop = null
        status.textContent = words.lost
        throw error
      }
    }
    const act = async (what, ...values) => (await (workshop ??= open()))[what](...values)
    button.hidden = false
    button.addEventListener("click", () => act("play"))
    if (!places.includes("page")) return

    for (const what of ["edit", "talk"]) {
      const tool = document.createElement("button")
      tool.type = "button"
      tool.textContent = words[what]
      tool.addEventListener("click", () => act(what))
      tools.append(tool)
    }
    const snippets = document.querySelector(`[data-instead-of="${name}"]`)
    if (snippets) {
      snippets.hidden = false
      snippets.addEventListener("change", ({ target }) => act("choose", target.value))
    }
    if (shared.get("play") === name) act("open", shared.get("code") ?? "")
  }

  // Where all dialogues are played, as the reader has chosen before.
  const choice = places => {
    const where = document.createElement("select")
    where.setAttribute("aria-label", words.where)
    where.append(...places.map(place => new Option(words[`on_${place}`], place)))
    where.value = localStorage.getItem("duologue-place") ?? "server"
    where.addEventListener("change", () => localStorage.setItem("duologue-place", where.value))
    return where
  }

  fetch(new URL("live/snippets.json", site))
    .then(response => response.ok ? response.json() : [])
    .catch(() => [])
    .then(live => stages.forEach(stage => prepare(stage, live.includes(stage.dataset.duologue))))
})()
