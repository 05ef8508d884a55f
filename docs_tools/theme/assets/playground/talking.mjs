// A conversation in which the reader is the client, or several.
import { make, say, words } from "./page.mjs"

const NAMES = ["ada", "bob", "eve", "dan"] // of clients, as scripts call them
const VERB = /^(open|accept|deny|close|drop)\b ?([^]*)$/

const button = (word, type = "submit") => make("button", { type }, words[word])

// What is said, without the notation of scripts.
const plain = what => {
  try {
    return what.startsWith('"') ? JSON.parse(what) : what
  } catch {
    return what
  }
}

export class Talking {
  // `tell` takes what the reader does, for the session.
  constructor(stage, script, tell) {
    this.stage = stage
    this.tell = tell
    this.clients = new Set()
    const [, path] = script.match(/> open (\S+)/) ?? [null, "/"]

    this.turns = make("ol", { className: "duologue__turns" })
    this.log = make("div", { className: "talk__log", role: "log", tabIndex: 0, "aria-label": words.conversation }, this.turns)
    this.client = make("select", { "aria-label": words.dialogue.client, hidden: true })
    this.message = make("input", { type: "text", autocomplete: "off", placeholder: words.message, "aria-label": words.message })
    this.code = make("input", { type: "number", min: 1000, max: 4999, value: 1000, "aria-label": words.code })
    this.path = make("input", { type: "text", autocomplete: "off", value: path, "aria-label": words.path })
    this.keep = button("keep", "button")
    this.keep.addEventListener("click", () => tell({ do: "leave" }))
    this.saying = this.form(() => this.send(), this.client, this.message, button("send"))
    this.closing = this.form(() => this.say(`close ${this.code.value}`), this.code, button("close"))
    this.opening = this.form(() => this.connect(), this.path, button("connect"))
    this.panel = make("div", { className: "talk" }, this.log, this.saying,
      make("div", { className: "talk__row" }, this.opening, this.closing, this.keep))
    stage.querySelector(".duologue__turns").before(this.panel)
    stage.classList.add("duologue--talking")
    this.enable()
  }

  form(submit, ...fields) {
    const form = make("form", { className: "talk__form" }, make("fieldset", {}, ...fields))
    form.addEventListener("submit", event => {
      event.preventDefault()
      submit()
    })
    return form
  }

  remove() {
    this.panel.remove()
    this.stage.classList.remove("duologue--talking")
  }

  // What can be done depends on who is there.
  enable() {
    const free = NAMES.some(name => !this.clients.has(name))
    for (const form of [this.saying, this.closing]) form.firstChild.disabled = !this.clients.size
    this.opening.firstChild.disabled = !this.isListening || !free
    this.keep.disabled = !this.turns.children.length
    this.client.hidden = this.clients.size < 2
  }

  connect() {
    const client = NAMES.find(name => !this.clients.has(name))
    this.clients.add(client)
    this.stage.classList.toggle("duologue--many", client !== NAMES[0] || this.stage.classList.contains("duologue--many"))
    this.client.append(make("option", {}, client))
    this.client.value = client
    this.tell({ do: "open", client, path: this.path.value })
    this.enable()
    this.message.focus()
  }

  say(text) {
    this.tell({ do: "say", client: this.client.value, text })
    this.message.focus()
  }

  send() {
    if (!this.message.value) return
    this.say(this.message.value)
    this.message.value = ""
  }

  // A report of the session.
  take({ event, client, said }) {
    if (event === "listening") {
      this.isListening = true
      this.connect()
    }
    if (event === "said") this.draw(client, said)
    if (event === "ended") {
      this.clients.delete(client)
      for (const option of [...this.client.options]) if (option.value === client) option.remove()
    }
    this.enable()
  }

  draw(client, said) {
    const [, arrow, what] = said.match(/^[^<>]*([<>]) ([^]*)$/)
    const [, verb, rest] = what.match(VERB) ?? [null, null, plain(what)]
    const side = arrow === ">" ? "client" : "server"
    const who = side === "client" ? client : say(words.dialogue.server_to, { client })
    const content = make("div", { className: "turn__what" })
    if (verb) content.append(make("span", { className: "turn__verb" }, words.dialogue[verb]), " ")
    if (rest || !verb) content.append(make("code", { className: "turn__content" }, rest))
    const kind = verb ? "stage" : "message turn--text"
    const voice = NAMES.indexOf(client) % 3 + 1
    this.turns.append(make("li", { className: `turn turn--${side} turn--${kind} turn--voice-${voice}` },
      make("div", { className: "turn__who" }, who), content))
    this.log.scrollTop = this.log.scrollHeight
  }
}
