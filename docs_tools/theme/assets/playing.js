// Finds the dialogues of a page, and lets the reader play them: in the page itself, or on the server
// that shows the page, where that has the snippets live (`make run`). What does so is in `playground`,
// and loaded when the reader first asks for it.
(() => {
  const stages = [...document.querySelectorAll(".duologue[data-duologue]")]
  if (!stages.length || !location.protocol.startsWith("http")) return

  const { root, python, words } = JSON.parse(document.getElementById("duologue-words").textContent)
  const site = new URL(root, location.href)
  const own = document.currentScript.src
  const hasPython = window.Worker && window.WebAssembly && window.DecompressionStream

  const explain = (sentence, why) => words[sentence].replace("{why}", words[`why_${why}`])

  const prepare = (stage, isLive) => {
    const status = stage.querySelector(".duologue__status")
    const { why, elsewhere } = JSON.parse(stage.querySelector("script").textContent)
    const places = []
    if (isLive && !why) places.push("server")
    if (hasPython && !elsewhere) places.push("page")
    if (!places.length) {
      if (isLive && why) status.textContent = explain("cannot", why)
      else status.textContent = elsewhere ? explain("elsewhere", elsewhere) : words.too_old
      return
    }

    let workshop = null
    const options = {
      places,
      home: new URL(python, location.href),
      address: new URL(`live/${stage.dataset.duologue}`, site),
    }
    const open = () => workshop ??= import(new URL("playground/workshop.mjs", own))
      .then(({ Workshop }) => new Workshop(stage, options))
    const act = what => open().then(opened => opened[what](), () => {
      workshop = null
      status.textContent = words.lost
    })

    const button = stage.querySelector(".duologue__play")
    button.hidden = false
    button.addEventListener("click", () => act("play"))
  }

  fetch(new URL("live/snippets.json", site))
    .then(response => response.ok ? response.json() : [])
    .catch(() => [])
    .then(live => stages.forEach(stage => prepare(stage, live.includes(stage.dataset.duologue))))
})()
