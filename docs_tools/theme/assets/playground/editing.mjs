// The program and the script of a dialogue as editors.
import { make, say, words } from "./page.mjs"

// What a link carries: both texts as JSON, deflated, in base64url. A browser sends nothing of what
// stands behind the "#" of an address.
const through = async (content, transform) =>
  new Uint8Array(await new Response(new Blob([content]).stream().pipeThrough(transform)).arrayBuffer())

export const pack = async texts => {
  const bytes = await through(JSON.stringify(texts), new CompressionStream("deflate-raw"))
  const characters = Array.from(bytes, byte => String.fromCharCode(byte)).join("")
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

// Throws where it is none that `pack` has made.
export const unpack = async packed => {
  const characters = atob(packed.replaceAll("-", "+").replaceAll("_", "/"))
  const bytes = Uint8Array.from(characters, character => character.charCodeAt(0))
  const json = new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")))
  const { program, script } = JSON.parse(json)
  return { program: String(program), script: String(script) }
}

export class Editing {
  // The editors are shown in place of what `workshop` has on the page.
  static async begin(workshop, texts) {
    const { edit } = await import(new URL("editor.mjs", workshop.home))
    return new Editing(edit, workshop, texts)
  }

  constructor(edit, workshop, texts) {
    const { stage, name } = workshop
    this.workshop = workshop
    this.block = stage.previousElementSibling
    this.title = this.block.querySelector(".filename").firstChild
    this.shown = this.title.data
    this.title.data = `docs_src/${name}.py`
    this.program = this.editor(edit, this.block, "python", `docs_src/${name}.py`, texts.program)
    this.scene = make("div", { className: "highlight duologue__script" },
      make("span", { className: "filename" }, `docs_src/${name}.duo`))
    stage.querySelector(".duologue__turns").before(this.scene)
    this.script = this.editor(edit, this.scene, "script", `docs_src/${name}.duo`, texts.script)
    for (const each of [this.block, stage]) each.classList.add("duologue--edited")
    this.clear()
  }

  editor(edit, parent, language, file, text) {
    const label = say(words[`edit_${language}`], { file })
    const made = edit({
      parent, text, language, label,
      run: () => this.workshop.play(),
      leave: () => this.workshop.button.focus(),
    })
    const copy = make("button", { type: "button", className: "duologue__copy", title: words.copy, "aria-label": `${words.copy}: ${file}` })
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(made.text)
      this.workshop.results.show("", words.copied)
    })
    parent.querySelector(".filename").append(copy)
    return { ...made, get text() { return made.text }, set text(given) { made.text = given }, copy }
  }

  get texts() {
    return { program: this.program.text, script: this.script.text }
  }

  set texts({ program, script }) {
    this.program.text = program
    this.script.text = script
  }

  end() {
    for (const each of [this.program, this.script]) {
      each.copy.remove()
      each.destroy()
    }
    this.scene.remove()
    this.title.data = this.shown
    for (const each of [this.block, this.workshop.stage]) each.classList.remove("duologue--edited")
  }

  // The lines of the script, as `Turns` has them. Nobody who edits wants to wait for each of them.
  clear() {
    this.came = []
    this.script.mark({})
    this.program.mark({})
  }

  async come(line) {
    if (line !== Infinity) this.came.push(line)
    this.script.mark({ came: this.came })
  }

  fail(line) {
    this.script.mark({ came: this.came.filter(each => each !== line), wrong: [line] })
  }

  // A line of the program, if it is one.
  markLine(line) {
    this.program.mark({ wrong: line ? [line] : [] })
  }
}
