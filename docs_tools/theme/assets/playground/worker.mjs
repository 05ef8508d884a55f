// Runs Python in a worker of the page: so an endless loop leaves the page alive, and can be ended
// with the worker. The page posts { do: "play", … } or { do: "stop" }; what is posted back are the
// reports of the stage, with the number of the play, and the progress of what is loaded.
import { Python } from "./python.mjs"

const home = new URL("../python/", import.meta.url)
const within = path => new URL(path, home)

let number = 0
const report = event => postMessage({ number, ...event })

// Counts what arrives, for the bar that the reader sees.
let loaded = 0
let total = 0
const counting = () => new TransformStream({
  transform(chunk, controller) {
    loaded += chunk.byteLength
    controller.enqueue(chunk)
    report({ event: "loading", loaded, total })
  },
})

const ask = async (path, options) => {
  const response = await fetch(within(path), options)
  if (!response.ok) throw new Error(`${response.status} ${response.url}`)
  return response
}

const load = async path => {
  const { body } = await ask(path)
  return new Uint8Array(await new Response(body.pipeThrough(counting())).arrayBuffer())
}

const begin = async () => {
  const manifest = await (await ask("files.json", { cache: "no-cache" })).json()
  const { folder, files } = manifest.pyodide
  total = manifest.archives[manifest.core].size + files["pyodide.asm.wasm.gz"] + files["python_stdlib.zip"]

  // Pyodide asks for WebAssembly as it is; the site has it compressed.
  const asked = globalThis.fetch
  globalThis.fetch = async (address, options) => {
    const path = String(address)
    if (path.endsWith("pyodide.asm.wasm")) {
      const { body } = await ask(`${folder}pyodide.asm.wasm.gz`)
      const bare = body.pipeThrough(counting()).pipeThrough(new DecompressionStream("gzip"))
      return new Response(bare, { headers: { "Content-Type": "application/wasm" } })
    }
    if (path.endsWith("python_stdlib.zip")) {
      const { body } = await asked(address, options)
      return new Response(body.pipeThrough(counting()))
    }
    return asked(address, options)
  }

  const python = new Python({
    manifest,
    load,
    pyodide: () => import(within(`${folder}pyodide.mjs`)),
    interpreter: { indexURL: within(folder).href },
  }, report)
  await python.start()
  return python
}

let beginning
addEventListener("message", async ({ data }) => {
  if (data.do === "stop") return void (await beginning)?.stop()
  number = data.number
  try {
    const python = await (beginning ??= begin())
    report({ event: "ready" })
    await python.play(data)
  } catch (error) {
    report({ event: "lost", text: String(error) })
  }
})
