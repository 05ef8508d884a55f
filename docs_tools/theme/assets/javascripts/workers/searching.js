// Fetches the theme's search, and the index, only when somebody searches: together they are more
// than most pages. Until then this worker answers for it; afterwards it only stands by.
const SETUP = 0, READY = 1, RESULT = 3
const { searchParams } = new URL(location)
const answer = self.postMessage.bind(self)
let state = "asleep"
let asked // the latest question

const hand = data => dispatchEvent(new MessageEvent("message", { data }))

const wake = async () => {
  state = "waking"
  try {
    const index = await fetch(searchParams.get("index"))
    if (!index.ok) throw new Error(`${index.status} for ${index.url}`)
    const { config, docs } = await index.json()
    importScripts(searchParams.get("theirs"))
    hand({ type: SETUP, data: { config, docs, options: {} } })
  } catch (error) {
    state = "asleep" // the next letter tries again
    console.error(error)
  }
}

self.postMessage = message => {
  if (message.type !== READY) return answer(message)
  state = "awake"
  hand(asked)
}

addEventListener("message", event => {
  if (!event.isTrusted || state === "awake") return // it is for the theme's search
  event.stopImmediatePropagation()
  asked = event.data
  if (!asked.data) answer({ type: RESULT, data: { items: [] } })
  else if (state === "asleep") wake()
})

answer({ type: READY })
