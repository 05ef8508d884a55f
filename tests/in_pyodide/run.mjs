// Runs tests of the library on the Python of the page, in Node. The input says where things are, as
// JSON: what the site serves (`site`), the project, the installed packages, a folder that keeps byte
// code (`cache`), the test files, and the tests that are left out. Each line of the output is a report
// of `inside.py`, as JSON.
import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import { pathToFileURL } from "node:url"
import { gunzipSync } from "node:zlib"

import { Python } from "../../docs_tools/theme/assets/playground/python.mjs"

const { site, project, packages, cache, files, left_out } = JSON.parse(await text(process.stdin))
const home = pathToFileURL(`${site}/`)

const page = new Python({
  manifest: JSON.parse(await readFile(new URL("files.json", home), "utf-8")),
  load: async path => new Uint8Array(gunzipSync(await readFile(new URL(`${path}.gz`, home)))),
  pyodide: () => import("pyodide"),
  interpreter: {},
}, report => console.error(report.text))
await page.start()

const { python } = page
for (const [place, folder] of Object.entries({ project, packages, cache })) {
  python.mountNodeFS(`/${place}`, folder)
}
const sleeping = new Int32Array(new SharedArrayBuffer(4))
const sleep = seconds => Atomics.wait(sleeping, 0, 0, seconds * 1000)
const sys = python.pyimport("sys")
sys.path.insert(0, "/project/tests/in_pyodide")
sys.path.append("/packages")
sys.pycache_prefix = "/cache"
sys.dont_write_bytecode = false
try {
  python.pyimport("inside").run(python.toPy(files), python.toPy(left_out), line => console.log(line), sleep)
} catch (error) {
  console.error(error.message)
}
process.exit() // Pyodide keeps Node alive
