// What the reader does with a dialogue: plays it, changes it, talks to its program.
import { Editing, pack, unpack } from "./editing.mjs"
import { make, words } from "./page.mjs"
import { Results } from "./results.mjs"
import { Session } from "./session.mjs"
import { Talking } from "./talking.mjs"
import { Turns } from "./turns.mjs"

const SECONDS = 5 // for each line of the server

let session = null // one for each page, made when something first runs in it

// The line of the program that has raised, or cannot be read.
const wrongLine = ({ event, where, line, crash }) => event === "broken" ? where === "program" && line : crash?.line
// The line of the script that has not come true, or cannot be read.
const falseLine = ({ event, where, line }) => (event === "failed" || where === "script") && line

export class Workshop {
  // `tools` is what stands under the dialogue, `place` says where it is to be played ("server",
  // "page"), `home` is the folder of the site in which Python is, and `address` where the server has
  // the program live.
  constructor(stage, { tools, place, home, address }) {
    this.stage = stage
    this.program = stage.previousElementSibling.querySelector("code")
    this.script = stage.querySelector(".language-duo code")
    this.name = stage.dataset.duologue
    this.button = stage.querySelector(".duologue__play")
    this.tools = tools
    this.usual = [...tools.children]
    this.place = place
    this.home = home
    this.address = address.href.replace("http", "ws")
    this.chosen = null // instead of what the page shows
    this.draft = null // what the reader has made of it
    this.turns = new Turns(stage, this.program)
    this.results = new Results(stage)
    this.editing = null
    this.stop = null // ends what is going on
  }

  get session() {
    return session ??= new Session(this.home)
  }

  get original() {
    return this.chosen ?? { program: this.program.textContent, script: this.script.textContent }
  }

  get job() {
    const texts = this.editing?.texts ?? this.original
    return { name: this.name, address: this.address, seconds: SECONDS, ...texts }
  }

  // Plays it, or stops what is going on.
  async play() {
    if (this.stop) return this.stop()
    const where = this.editing || this.place() === "page" ? "play" : "playOnServer"
    const board = this.editing ?? this.turns
    const stopping = new AbortController()
    this.begin(() => {
      stopping.abort()
      this.session.stop()
    })
    board.clear()
    let drawn = Promise.resolve()
    let end = await this.session[where](this.job, report => {
      if (report.event === "told") drawn = drawn.then(() => board.come(report.line, stopping.signal))
      else this.take(report)
    })
    await drawn
    if (end.event === "held") await board.come(Infinity, stopping.signal)
    if (stopping.signal.aborted) end = { event: "stopped" }
    board.fail(falseLine(end))
    this.over(end, board)
  }

  // Lets the reader be the client. What was said can be kept as a script, which is played at once.
  async talk() {
    if (this.stop) return
    const { program, script } = this.job
    this.begin(() => this.session.stop())
    const talking = new Talking(this.stage, script, what => this.session.tell(what))
    const end = await this.session.talk(this.job, report => {
      this.take(report)
      talking.take(report)
      if (report.event === "listening") this.results.show("playing", words.talking)
    })
    talking.remove()
    this.over(end, this.editing ?? this.turns)
    if (end.event !== "kept") return
    await this.edit({ program, script: end.script })
    await this.play()
  }

  begin(stop) {
    this.stop = stop
    this.button.textContent = words.stop
    for (const each of this.tools.children) each.disabled = true
    this.results.clear()
    this.results.show("playing", words.playing)
  }

  // What Python tells of itself.
  take({ event, loaded, total, text }) {
    if (event === "loading") this.results.load(loaded, total)
    if (event === "ready") this.results.show("playing", words.playing)
    if (event === "printed") this.results.print(text)
  }

  over(end, board) {
    board.markLine(wrongLine(end))
    this.results.end(end, SECONDS)
    this.stop = null
    this.button.textContent = this.editing ? words.run : words.again
    for (const each of this.tools.children) each.disabled = false
  }

  // Shows the program and the script in editors.
  async edit(texts = this.draft ?? this.original) {
    if (this.editing) {
      this.editing.texts = texts
      return
    }
    this.turns.clear()
    this.editing = await Editing.begin(this, texts)
    this.results.clear()
    this.results.show("", "")
    this.button.textContent = words.run
    const tool = (word, action) => {
      const button = make("button", { type: "button" }, words[word])
      button.addEventListener("click", action)
      return button
    }
    this.tools.replaceChildren(
      tool("reset", () => { this.editing.texts = this.original }),
      tool("link", () => this.share()),
      tool("leave", () => this.leave()),
    )
    this.editing.program.focus()
  }

  // The changes are kept for the next time.
  leave() {
    this.draft = this.editing.texts
    this.editing.end()
    this.editing = null
    this.results.clear()
    this.results.show("", "")
    this.tools.replaceChildren(...this.usual)
    this.button.textContent = words.play
    this.button.focus()
  }

  // Makes a link that carries the changes.
  async share() {
    const address = new URL(location)
    address.hash = `play=${this.name}&code=${await pack(this.editing.texts)}`
    const field = make("input", { type: "text", readOnly: true, value: address.href, "aria-label": words.link })
    this.tools.querySelector("input")?.remove()
    this.tools.append(field)
    field.focus()
    field.select()
    this.results.show("", words.linked)
  }

  // Opens what such a link carries. Nothing runs before the reader has seen it.
  async open(packed) {
    try {
      await this.edit(await unpack(packed))
      this.results.show("", words.shared)
    } catch {
      this.results.show("false", words.damaged)
    }
    this.stage.previousElementSibling.scrollIntoView({ block: "start" })
  }

  // Another snippet takes the place of this one, in the editors.
  async choose(name) {
    const snippets = await (await fetch(new URL("snippets.json", import.meta.url))).json()
    this.stop?.()
    this.editing?.end()
    this.editing = null
    this.name = name
    this.chosen = snippets[name]
    await this.edit(this.chosen)
  }
}
