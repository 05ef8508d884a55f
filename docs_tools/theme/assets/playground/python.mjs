// Python, and the stage on which programs hold their conversations. The same in a browser's worker
// and in Node; how files are read is handed in.

// Duologue and what it needs. Python reads it as it is; its byte code tells of this place.
export const CORE = "/lib/duologue.zip"
// What other archives are unpacked into: Python looks there by itself.
const PACKAGES = "/lib/python3.14/site-packages"

export class Python {
  // `source.load(path)` gives the bytes of a file of the site's folder, `source.interpreter` what
  // `loadPyodide` is given, and `report` takes the reports of the stage, as objects.
  constructor(source, report) {
    this.source = source
    this.report = report
    this.there = new Set()
  }

  async start() {
    const { manifest } = this.source
    const { loadPyodide } = await this.source.pyodide()
    const core = this.source.load(manifest.archives[manifest.core].file)
    this.python = await loadPyodide({
      // No other distributions than those of the site, and no other host to ask for them.
      lockFileContents: { info: manifest.pyodide.info, packages: {} },
      packageBaseUrl: "/",
      checkAPIVersion: false, // the lock file says no version
      ...this.source.interpreter,
      stdout: text => this.report({ event: "printed", text, stream: "out" }),
      stderr: text => this.report({ event: "printed", text, stream: "err" }),
    })
    // The event loop of a Python that has crashed goes no further: nothing else would tell of it.
    this.python._api.on_fatal = () => this.report({ event: "crashed" })
    this.python.FS.writeFile(CORE, await core)
    this.python.pyimport("sys").path.append(CORE)
    this.there.add(manifest.core)
    const module = this.python.pyimport("docs_tools.playground.stage")
    module.prepare()
    this.stage = module.Stage(json => this.report(JSON.parse(json)))
    this.imports = this.python.pyimport("pyodide.code").find_imports
  }

  // Plays a script against its program; what a program imports is fetched first.
  play({ name, program, script, seconds = 5 }) {
    return this.hold(program, stage => stage.play(name, program, script, seconds))
  }

  // Plays a script against the server at an address, over real WebSockets.
  playOnServer({ name, address, script, seconds }) {
    return this.hold("", stage => stage.play_on_server(name, address, script, seconds))
  }

  // Lets the reader talk to a program, until `leave` or `stop`.
  talk({ name, program }) {
    return this.hold(program, stage => stage.talk(name, program))
  }

  async hold(program, begin) {
    this.stopped = false
    await this.provide(program)
    if (this.stopped) return this.report({ event: "stopped" })
    await begin(this.stage)
  }

  open({ client, path, subprotocols = [] }) {
    this.stage.console.open(client, path, subprotocols)
  }

  say({ client, text }) {
    this.stage.console.say(client, text)
  }

  leave() {
    this.stage.console.leave()
  }

  stop() {
    this.stopped = true
    this.stage?.stop()
  }

  async provide(program) {
    let names = []
    try {
      const found = this.imports(program)
      names = found.toJs()
      found.destroy()
    } catch {
      return // it cannot be parsed: the stage says why
    }
    const { archives } = this.source.manifest
    const owners = Object.keys(archives).filter(owner => archives[owner].modules.some(each => names.includes(each)))
    this.unpack(await this.fetched(owners))
  }

  // The archives that are not there yet, with all that they require.
  async fetched(names) {
    const { archives } = this.source.manifest
    const wanted = new Set()
    const want = name => {
      if (wanted.has(name) || this.there.has(name)) return
      wanted.add(name)
      archives[name].requires.forEach(want)
    }
    names.forEach(want)
    const load = async name => [name, await this.source.load(archives[name].file)]
    return Promise.all([...wanted].map(load))
  }

  unpack(archives) {
    for (const [name, bytes] of archives) {
      this.python.unpackArchive(bytes, "zip", { extractDir: PACKAGES })
      this.there.add(name)
    }
  }
}
