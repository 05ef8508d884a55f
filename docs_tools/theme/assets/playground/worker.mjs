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

// The site has its files compressed, for hosts that do not compress them.
const unpressed = async (path, type) => {
  const { body } = await ask(`${path}.gz`)
  const stream = body.pipeThrough(counting()).pipeThrough(new DecompressionStream("gzip"))
  return new Response(stream, { headers: { "Content-Type": type } })
}

const load = async path => new Uint8Array(await (await unpressed(path, "application/zip")).arrayBuffer())

const begin = async () => {
  const manifest = await (await ask("files.json", { cache: "no-cache" })).json()
  const { folder, sizes } = manifest.pyodide
  total = Object.values(sizes).reduce((sum, size) => sum + size, manifest.archives[manifest.core].size)

  // All at once. Pyodide asks for two of them by names of its own.
  const script = unpressed(`${folder}pyodide.asm.mjs`, "text/javascript")
  const parts = {
    "pyodide.asm.wasm": unpressed(`${folder}pyodide.asm.wasm`, "application/wasm"),
    "python_stdlib.zip": unpressed(`${folder}python_stdlib.zip`, "application/zip"),
  }
  const { fetch } = globalThis
  globalThis.fetch = (address, options) => parts[String(address).split("/").pop()] ?? fetch(address, options)
  const module = URL.createObjectURL(await (await script).blob())
  const python = new Python({
    manifest,
    load,
    pyodide: () => import(within(`${folder}pyodide.mjs`)),
    interpreter: {
      indexURL: within(folder).href,
      createPyodideModule: (await import(module)).default,
    },
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
