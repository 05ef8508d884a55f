// Plays scripts as the page does, but in Node: `node play.mjs FOLDER`. FOLDER holds what the site
// serves. Each line of the input is a play, as JSON: its name, program and script. Each line of the
// output is a report, with the number of its play; "over" is the last one of each.
import { readFile } from "node:fs/promises"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"
import { gunzipSync } from "node:zlib"

import { Python } from "../theme/assets/playground/python.mjs"

const home = pathToFileURL(`${process.argv[2]}/`)
const load = async path => new Uint8Array(gunzipSync(await readFile(new URL(`${path}.gz`, home))))

let number = 0
const report = event => console.log(JSON.stringify({ number, ...event }))

const python = new Python({
  manifest: JSON.parse(await readFile(new URL("files.json", home), "utf-8")),
  load,
  pyodide: () => import("pyodide"),
  interpreter: {},
}, report)
await python.start()
for await (const line of createInterface({ input: process.stdin })) {
  number += 1
  const began = performance.now()
  await python.play(JSON.parse(line))
  report({ event: "over", milliseconds: Math.round(performance.now() - began) })
}
process.exit() // Pyodide keeps Node alive
