// Runs Python in a worker of the page: so an endless loop leaves the page alive, and can be ended
// with the worker. The page posts what to `do` ("play", "playOnServer", "talk"; then "open", "say", "leave", "stop"),
// with the number of the play. What is posted back are the reports of the stage, with that number,
// and the progress of what is loaded.
import { Python } from "./python.mjs"

const { fetch } = globalThis // Pyodide will be given another one
const home = new URL(import.meta.url).searchParams.get("home")
const within = path => new URL(path, home)

let number = null // of the play that is going on
const report = event => postMessage({ number, ...event })

// Counts what arrives, for the bar that the reader sees.
let sizes = {}
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

// Where the host compresses WebAssembly, it comes as it is: then the browser keeps it compiled.
const wasm = async path => {
  const { headers } = await ask(path, { method: "HEAD" })
  if (!headers.has("Content-Encoding")) return unpressed(path, "application/wasm")
  const response = await ask(path)
  loaded += sizes["pyodide.asm.wasm"]
  return response
}

const begin = async () => {
  const manifest = await (await ask("files.json", { cache: "no-cache" })).json()
  const { folder } = manifest.pyodide
  sizes = manifest.pyodide.sizes
  total = Object.values(sizes).reduce((sum, size) => sum + size, manifest.archives[manifest.core].size)

  // All at once. Pyodide asks for two of them by names of its own.
  const script = unpressed(`${folder}pyodide.asm.mjs`, "text/javascript")
  const parts = {
    "pyodide.asm.wasm": wasm(`${folder}pyodide.asm.wasm`),
    "python_stdlib.zip": unpressed(`${folder}python_stdlib.zip`, "application/zip"),
  }
  globalThis.fetch = (address, options) => parts[String(address).split("/").pop()] ?? fetch(address, options)
  await Promise.all(Object.values(parts)) // it would not say that one of them is missing
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

// At once: the page makes a worker only when it has something for it.
const beginning = begin()
beginning.catch(() => {}) // the play that waits for it says so

let stopped = 0 // the number of the last play that has been stopped
let last = beginning

const hold = async (before, job) => {
  try {
    await before.catch(() => {})
    const python = await beginning
    await new Promise(resolve => setTimeout(resolve)) // a stop that has come meanwhile is heard
    number = job.number
    report({ event: "ready" })
    if (stopped >= job.number) return report({ event: "stopped" })
    await python[job.do](job)
  } catch (error) {
    postMessage({ number: job.number, event: "lost", text: String(error) })
  }
}

addEventListener("message", async ({ data }) => {
  if (["play", "playOnServer", "talk"].includes(data.do)) {
    last = hold(last, data) // one after the other
    return
  }
  if (data.do === "stop") stopped = data.number
  const python = await beginning
  if (data.do === "stop" || data.number === number) python[data.do](data)
})
