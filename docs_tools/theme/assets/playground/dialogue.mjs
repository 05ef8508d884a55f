// Plays a dialogue of the page in the page itself: its program, as it stands there, runs in Python.
import { Session } from "./session.mjs"

// Milliseconds between two lines, so that an eye can follow, if the reader likes things to move. The
// conversation itself is over long before.
const BEAT = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350
const MEGABYTE = 1_000_000

let session = null

const say = (sentence, values = {}) =>
  sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "").replace(/ +/g, " ").trim()

// What the library found, in the words of the page.
const account = (words, clientWord, report, seconds) => {
  const { line, expected, got } = report
  if (got === "nothing") return say(words.timeout, { line, seconds })
  if (expected && got) return say(words.differs, { line, expected, got })
  if (got) return say(words.extra, { client: clientWord, got })
  return say(words.failed, { line })
}

const ENDS = {
  held: ({ words }) => ["true", words.holds],
  failed: ({ words, client, seconds }, report) => ["false", account(words, client, report, seconds)],
  broken: ({ words }, { where }) => ["false", words[`broken_${where}`]],
  stopped: ({ words }) => ["", words.stopped],
  lost: ({ words }) => ["false", words.lost],
}

// Makes the function that plays a dialogue, or stops it. `page` has the words of the page, what it
// calls a client, and the address of Python.
export const prepare = (stage, { words, client, home }) => {
  const button = stage.querySelector(".duologue__play")
  const status = stage.querySelector(".duologue__status")
  const turns = [...stage.querySelectorAll(".turn")]
  const code = element => element.querySelector("code").textContent
  const job = {
    name: stage.dataset.duologue,
    program: code(stage.previousElementSibling),
    script: code(stage.querySelector(".language-duo")),
    seconds: 5,
  }
  const output = document.createElement("pre")
  output.className = "duologue__output"
  output.tabIndex = 0
  status.after(output)
  let playing = null

  const show = (state, text) => {
    stage.classList.remove("duologue--playing", "duologue--true", "duologue--false")
    if (state) stage.classList.add(`duologue--${state}`)
    status.textContent = text
  }

  // The turns up to a line come true, one after the other.
  const come = async (line, signal) => {
    for (const turn of turns) {
      if (signal.aborted || Number(turn.dataset.line) > line) return
      if (turn.classList.contains("turn--came")) continue
      turn.classList.add("turn--now")
      await new Promise(resolve => setTimeout(resolve, BEAT))
      turn.classList.remove("turn--now")
      turn.classList.add("turn--came")
    }
  }

  const play = async signal => {
    let drawn = Promise.resolve()
    const listen = report => {
      const { event, line, loaded, total, text } = report
      if (event === "loading") {
        show("playing", say(words.loading, { loaded: (loaded / MEGABYTE).toFixed(1), total: (total / MEGABYTE).toFixed(1) }))
      }
      if (event === "ready") show("playing", words.playing)
      if (event === "told") drawn = drawn.then(() => come(line, signal))
      if (event === "printed") output.textContent += `${text}\n`
    }
    session ??= new Session(home)
    const end = await session.play(job, listen)
    await drawn
    return end
  }

  return async () => {
    if (playing) {
      playing.abort()
      return session.stop()
    }
    playing = new AbortController()
    for (const turn of turns) turn.classList.remove("turn--came", "turn--now", "turn--wrong")
    output.textContent = ""
    button.textContent = words.stop
    show("playing", words.playing)
    let end = await play(playing.signal)
    if (playing.signal.aborted) end = { event: "stopped" }
    if (end.event === "held") await come(Infinity, playing.signal)
    if (end.event === "failed") {
      turns.find(turn => Number(turn.dataset.line) === end.line)?.classList.add("turn--wrong")
    }
    output.textContent += end.crash?.text ?? end.text ?? ""
    show(...ENDS[end.event]({ words, client, seconds: job.seconds }, end))
    playing = null
    button.textContent = words.again
  }
}
