// What the reader does with a dialogue: plays it, in the page or on the server that shows the page.
import { Server } from "./live.mjs"
import { words } from "./page.mjs"
import { Results } from "./results.mjs"
import { Session } from "./session.mjs"
import { markLine, Turns } from "./turns.mjs"

const SECONDS = 5 // for each line of the server

let session = null // one for each page, made when something is first played in it

// The line of the program that has raised, or cannot be read.
const wrongLine = ({ event, where, line, crash }) => event === "broken" ? where === "program" && line : crash?.line

export class Workshop {
  // `places` are those in which it can be played ("server", "page"), `home` is the folder of the site
  // in which Python is, and `address` where the server has the program live.
  constructor(stage, { places, home, address }) {
    this.stage = stage
    this.places = places
    this.home = home
    this.button = stage.querySelector(".duologue__play")
    this.program = stage.previousElementSibling.querySelector("code")
    this.script = stage.querySelector(".language-duo code")
    this.turns = new Turns(stage)
    this.results = new Results(stage)
    this.server = new Server(stage, address)
    this.player = null // of the play that goes on
  }

  get job() {
    return {
      name: this.stage.dataset.duologue,
      program: this.program.textContent,
      script: this.script.textContent,
      seconds: SECONDS,
    }
  }

  // Plays it, or stops that.
  async play() {
    if (this.playing) {
      this.playing.abort()
      return this.player.stop()
    }
    const { signal } = this.playing = new AbortController()
    this.player = this.places[0] === "server" ? this.server : session ??= new Session(this.home)
    this.turns.clear()
    this.results.clear()
    markLine(this.program, null)
    this.button.textContent = words.stop
    this.results.show("playing", words.playing)

    let drawn = Promise.resolve()
    let end = await this.player.play(this.job, report => {
      if (report.event === "loading") this.results.load(report.loaded, report.total)
      if (report.event === "ready") this.results.show("playing", words.playing)
      if (report.event === "told") drawn = drawn.then(() => this.turns.come(report.line, signal))
      if (report.event === "printed") this.results.print(report.text)
    })
    await drawn
    if (end.event === "held") await this.turns.come(Infinity, signal)
    if (signal.aborted) end = { event: "stopped" }
    if (end.event === "failed") this.turns.fail(end.line)
    markLine(this.program, wrongLine(end))
    this.results.end(end, SECONDS)
    this.playing = null
    this.button.textContent = words.again
  }
}
