// What comes of a play, under the dialogue: a sentence, a hint, what has been raised and printed.
import { make, say, words } from "./page.mjs"

const MEGABYTE = 1_000_000

// What the library found, in the words of the page.
const account = ({ line, expected, got }, seconds) => {
  if (got === "nothing") return say(words.timeout, { line, seconds })
  if (expected && got) return say(words.differs, { line, expected, got })
  if (got) return say(words.extra, { client: words.dialogue.client, got })
  return say(words.failed, { line })
}

// The mistakes that are made most often, by what Python calls them.
const HINTS = {
  AppError: "app",
  AttributeError: "name",
  ImportError: "name",
  IndentationError: "indentation",
  ModuleNotFoundError: "name",
  NameError: "name",
  TabError: "indentation",
}

const hint = (end, printed) => {
  if (printed.includes("was never awaited")) return words.hint_await
  if (end.where === "script") return words.hint_script
  return words[`hint_${HINTS[(end.crash ?? end).kind]}`] ?? ""
}

export class Results {
  constructor(stage) {
    this.stage = stage
    this.status = stage.querySelector(".duologue__status")
    this.progress = make("progress", { className: "duologue__progress", hidden: true, "aria-label": words.progress })
    this.hint = make("p", { className: "duologue__hint" })
    this.traceback = this.box("traceback")
    this.output = this.box("output")
    this.status.after(this.progress, this.hint, this.traceback, this.output)
  }

  // Something that Python says, under its name. It is hidden while it is empty.
  box(name) {
    return make("pre", { className: `duologue__${name}`, tabIndex: 0, role: "region", "aria-label": words[name] })
  }

  clear() {
    for (const each of [this.hint, this.traceback, this.output]) each.textContent = ""
  }

  show(state, text) {
    this.stage.classList.remove("duologue--playing", "duologue--true", "duologue--false")
    if (state) this.stage.classList.add(`duologue--${state}`)
    this.status.textContent = text
    this.progress.hidden = true
  }

  load(loaded, total) {
    const sentence = say(words.loading, { total: (total / MEGABYTE).toFixed(1) })
    if (this.status.textContent !== sentence) this.show("playing", sentence)
    Object.assign(this.progress, { hidden: false, max: total, value: loaded })
  }

  print(text) {
    this.output.textContent += `${text}\n`
  }

  // How it ended: the last report of a play.
  end(end, seconds) {
    this.traceback.textContent = end.crash?.text ?? (end.event === "broken" ? end.text : "")
    this.hint.textContent = hint(end, this.output.textContent)
    if (end.event === "held") return this.show("true", end.unseen ? words.holds_unseen : words.holds)
    if (end.event === "kept") return this.show("", "")
    if (end.event === "stopped") return this.show("", words.stopped)
    if (end.event === "failed") return this.show("false", account(end, seconds))
    this.show("false", end.event === "broken" ? words[`broken_${end.where}`] : words[end.event])
  }
}
