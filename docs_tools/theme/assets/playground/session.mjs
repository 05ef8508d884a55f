// The page's end of the worker: one for each page, made when the reader first plays something.
const ENDS = ["held", "failed", "broken", "kept", "stopped", "lost", "crashed"]
// How long a play may take to stop by itself before its worker is ended: an endless loop never hears
// of it. Interrupting Python from outside would take headers that hosts of static files do not set.
const PATIENCE = 300 // milliseconds

export class Session {
  // `home` is the folder of the site in which Python is.
  constructor(home) {
    this.home = home
    this.number = 0
    this.playing = null
    addEventListener("pagehide", () => {
      this.end()
      this.take({ event: "stopped" })
    })
  }

  // Plays `{ name, program, script, seconds }`. The listener is given each report as it comes; the
  // last one, which says how it ended, is what is returned. Another play stops this one.
  play(job, listener) {
    return this.hold({ do: "play", ...job }, listener)
  }

  // Plays `{ name, address, script, seconds }` against the server at that address, in the same way.
  playOnServer(job, listener) {
    return this.hold({ do: "playOnServer", ...job }, listener)
  }

  // Lets the reader talk to the program `{ name, program }`, in the same way.
  talk(job, listener) {
    return this.hold({ do: "talk", ...job }, listener)
  }

  async hold(job, listener) {
    if (this.playing) await this.stop()
    this.worker ??= this.begin()
    const number = ++this.number
    return new Promise(resolve => {
      this.playing = { number, listener, resolve }
      this.worker.postMessage({ number, ...job })
    })
  }

  // While the reader talks: what a client does. { do: "open", client, path }, { do: "say", client,
  // text }, or { do: "leave" }, after which what was said is the script of the last report.
  tell(what) {
    if (this.playing) this.worker.postMessage({ number: this.playing.number, ...what })
  }

  async stop() {
    const { playing } = this
    if (!playing) return
    this.worker.postMessage({ do: "stop", number: playing.number })
    // What is being loaded will be needed by the next play.
    if (!this.ready) return this.take({ event: "stopped" })
    await new Promise(resolve => {
      playing.over = resolve
      setTimeout(resolve, PATIENCE)
    })
    if (this.playing !== playing) return
    this.end()
    this.worker = this.begin() // the next play need not wait for it
    this.take({ event: "stopped" })
  }

  begin() {
    const address = new URL("worker.mjs", import.meta.url)
    address.searchParams.set("home", this.home)
    const worker = new Worker(address, { type: "module" })
    worker.onmessage = ({ data }) => this.take(data)
    worker.onerror = ({ message }) => {
      this.take({ event: "lost", text: message ?? "" })
    }
    return worker
  }

  end() {
    this.worker?.terminate()
    this.worker = null
    this.ready = false
  }

  take(report) {
    const { playing } = this
    if (!playing) return
    if ((report.number ?? playing.number) !== playing.number) return // of one that has been stopped
    if (report.event === "ready") this.ready = true
    if (!ENDS.includes(report.event)) return playing.listener(report)
    if (["lost", "crashed"].includes(report.event)) this.end() // the next play begins anew
    this.playing = null
    playing.over?.()
    playing.resolve(report)
  }
}
