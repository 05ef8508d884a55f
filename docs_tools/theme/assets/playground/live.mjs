// Plays a dialogue against the server that shows the page, over real WebSockets (`make run`). Reports
// come as from a session, which plays it in the page.
import { say, words } from "./page.mjs"

const SECONDS = 5 // for each line of the server

const sleep = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds)
  signal.addEventListener("abort", () => { clearTimeout(timer); reject(new Stopped()) })
})

class Stopped extends Error {}
class Differs extends Error {}

// One client's connection: a queue of what came, in order.
class Connection {
  constructor(address, subprotocols) {
    this.events = []
    this.accepted = false
    this.wake = () => {}
    this.socket = new WebSocket(address, subprotocols)
    this.socket.binaryType = "arraybuffer"
    this.socket.onopen = () => {
      this.accepted = true
      this.put({ what: "accepted", subprotocol: this.socket.protocol })
    }
    this.socket.onmessage = ({ data }) => this.put({ what: "message", data })
    this.socket.onclose = ({ code, reason }) =>
      this.put({ what: this.accepted ? "closed" : "refused", code, reason })
  }

  put(event) {
    this.events.push(event)
    this.wake()
  }

  async next(signal) {
    const until = Date.now() + SECONDS * 1000
    while (!this.events.length) {
      if (signal.aborted) throw new Stopped()
      if (Date.now() >= until) return null
      await new Promise(resolve => {
        this.wake = resolve
        signal.addEventListener("abort", resolve, { once: true })
        setTimeout(resolve, until - Date.now())
      })
    }
    return this.events.shift()
  }
}

const bytesOf = hexadecimal =>
  Uint8Array.from(hexadecimal.match(/../g) ?? [], pair => parseInt(pair, 16))
const hexOf = buffer =>
  "0x" + [...new Uint8Array(buffer)].map(byte => byte.toString(16).padStart(2, "0")).join("")
const utf8 = buffer => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer)

// "*" in a pattern stands for any run of characters, "\*" for a star.
const isLike = (pattern, text) => {
  const source = pattern.replace(/\\\*|\*|[\s\S]/g, piece =>
    piece === "*" ? "[\\s\\S]*" : (piece === "\\*" ? "\\*" : piece.replace(/[\\^$.*+?()[\]{}|\/-]/g, "\\$&")))
  return new RegExp(`^${source}$`).test(text)
}

// JSON as the library reads it: JSON.parse loses digits of a number, and knows no limits.
// A string becomes "s…", a number "n…", and both can be compared as they are.
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
const MOST_DIGITS = 4300 // of an integer
const MOST_LEVELS = 100 // of brackets

const exactly = number => {
  if (!/[.eE]/.test(number)) {
    if (number.replace("-", "").length > MOST_DIGITS) throw new RangeError(number)
    return String(BigInt(number))
  }
  const float = Number(number)
  if (!Number.isFinite(float)) throw new RangeError(number)
  return Number.isInteger(float) ? String(BigInt(float)) : String(float)
}

const readJson = text => {
  JSON.parse(text) // throws where it is none
  let level = 0
  for (const [bracket] of text.replace(TOKEN, "").matchAll(/[[\]{}]/g)) {
    level += "[{".includes(bracket) ? 1 : -1
    if (level > MOST_LEVELS) throw new RangeError("nested too deeply")
  }
  return JSON.parse(text.replace(TOKEN, token =>
    token[0] === '"' ? `"s${token.slice(1)}` : `"n${exactly(token)}"`))
}

const isValue = ([kind, expected], value) => {
  if (kind === "any") return true
  if (kind === "like") return isString(value) && isLike(expected, value.slice(1))
  if (kind === "string") return value === `s${expected}`
  if (kind === "number") return value === `n${exactly(expected)}`
  if (kind === "array") {
    return Array.isArray(value) && value.length === expected.length &&
      expected.every((each, index) => isValue(each, value[index]))
  }
  if (kind === "object") {
    return value !== null && typeof value === "object" && !Array.isArray(value) &&
      Object.keys(value).length === Object.keys(expected).length &&
      Object.entries(expected).every(([name, each]) => Object.hasOwn(value, `s${name}`) && isValue(each, value[`s${name}`]))
  }
  return value === expected
}
const isString = value => typeof value === "string" && value[0] === "s"

const isMessage = ({ kind, frame, expected }, data) => {
  const isText = typeof data === "string"
  if (kind === "any") return true
  if (frame !== (isText ? "text" : "binary")) return false
  if (kind === "text") return data === expected
  if (kind === "like") return isLike(expected, data)
  if (kind === "bytes") return hexOf(data) === "0x" + expected
  try {
    return isValue(expected, readJson(isText ? data : utf8(data)))
  } catch {
    return false
  }
}

const isReason = (expected, reason) => isValue(expected, `s${reason}`)

const describe = event => {
  if (event.what === "accepted") {
    const chosen = event.subprotocol ? words.subprotocol : words.no_subprotocol
    return `${words.client_accepted} (${say(chosen, { name: event.subprotocol })})`
  }
  if (event.what === "refused") return words.client_refused
  if (event.what === "closed") {
    return say(words.client_closed, { code: event.code, reason: event.reason && JSON.stringify(event.reason) })
  }
  return typeof event.data === "string" ? JSON.stringify(event.data) : hexOf(event.data)
}

const fits = (step, event) => {
  if (step.do === "accept") return event.what === "accepted" && event.subprotocol === step.subprotocol
  if (step.do === "deny") return event.what === "refused"
  if (step.do === "expect") return event.what === "message" && isMessage(step.message, event.data)
  return event.what === "closed" && (step.code === event.code) && isReason(step.reason, event.reason)
}

class Play {
  constructor(steps, address, listener, signal) {
    this.steps = steps
    this.address = address
    this.listener = listener
    this.signal = signal
    this.line = null // of the step that is being taken
    this.connections = new Map()
  }

  async run() {
    try {
      for (const step of this.steps) {
        this.line = step.line
        await this.take(step)
        if (this.signal.aborted) throw new Stopped()
        this.listener({ event: "told", line: step.line })
      }
      for (const [name, { events }] of this.connections) this.expectNothing(name, events)
    } finally {
      for (const { socket } of this.connections.values()) socket.close()
    }
  }

  async take(step) {
    const connection = this.connections.get(step.client)
    if (step.do === "narrate") return
    if (step.do === "wait") return sleep(step.seconds * 1000, this.signal)
    if (step.do === "open") {
      if (connection) this.expectNothing(step.client, connection.events)
      return void this.connections.set(step.client, new Connection(this.address + step.path, step.subprotocols))
    }
    if (step.do === "send") {
      return connection.socket.send(step.message.kind === "bytes" ? bytesOf(step.message.expected) : step.message.expected)
    }
    if (step.do === "close") {
      if (step.code === null) connection.socket.close()
      else connection.socket.close(step.code, step.reason)
      const event = await this.expect(step, connection)
      if (event.what !== "closed") this.expectNothing(step.client, [event])
      return
    }
    const event = await this.expect(step, connection)
    if (!fits(step, event)) {
      throw new Differs(say(words.differs, { line: step.line, expected: step.shown, got: describe(event) }))
    }
  }

  async expect(step, connection) {
    const event = await connection.next(this.signal)
    if (event) return event
    throw new Differs(say(words.timeout, { line: step.line, seconds: SECONDS }))
  }

  expectNothing(name, events) {
    const extra = events.find(({ what }) => what === "message")
    if (extra) throw new Differs(say(words.extra, { client: name || words.dialogue.client, got: describe(extra) }))
  }
}

export class Server {
  // `address` is where the server has the program of a dialogue.
  constructor(stage, address) {
    this.steps = JSON.parse(stage.querySelector("script").textContent).steps
    this.address = new URL(address)
    this.address.protocol = this.address.protocol.replace("http", "ws")
  }

  // Plays the script as the page has it. What is returned is how it ended.
  async play(_, listener) {
    this.stopping = new AbortController()
    const play = new Play(this.steps, this.address, listener, this.stopping.signal)
    try {
      await play.run()
      return { event: "held", unseen: this.steps.some(step => step.unseen) }
    } catch (error) {
      if (error instanceof Stopped) return { event: "stopped" }
      return { event: "failed", line: play.line, sentence: error.message }
    }
  }

  stop() {
    this.stopping.abort()
  }
}
