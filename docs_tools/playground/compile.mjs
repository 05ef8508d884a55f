// Compiles what is read when a play begins: `node compile.mjs CORE STDLIB` replaces both archives.
// The input is a play, as JSON: what Python has imported after it is what is compiled.
import { readFile, writeFile } from "node:fs/promises"
import { text } from "node:stream/consumers"

import { CORE, Python } from "../theme/assets/playground/python.mjs"

const STDLIB = "/lib/python314.zip"
const [core, stdlib] = process.argv.slice(2)
const read = async path => new Uint8Array(await readFile(path))
const play = JSON.parse(await text(process.stdin))
const lock = JSON.parse(await readFile(new URL("pyodide-lock.json", import.meta.resolve("pyodide")), "utf-8"))

const reports = []
const python = new Python({
  manifest: { pyodide: lock, core: "core", archives: { core: { file: core, modules: [], requires: [] } } },
  load: read,
  pyodide: () => import("pyodide"),
  interpreter: {},
}, event => reports.push(event))
await python.start()
await python.play(play)
if (!reports.some(({ event }) => event === "held")) throw new Error(JSON.stringify(reports))

python.python.runPython(await readFile(new URL("compiling.py", import.meta.url), "utf-8"))
const compile = python.python.globals.get("compile_archive")
for (const [path, place, keep_sources] of [[core, CORE, true], [stdlib, STDLIB, false]]) {
  python.python.FS.writeFile("/archive.zip", await read(path))
  compile.callKwargs("/archive.zip", place, { keep_sources })
  await writeFile(path, python.python.FS.readFile("/archive.zip"))
}
process.exit() // Pyodide keeps Node alive
