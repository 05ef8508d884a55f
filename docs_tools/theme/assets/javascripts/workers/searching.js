// Fetches the theme's search, and the index, only when somebody searches: together they are more
// than most pages. Until then this worker answers for it; afterwards it hands on what is asked.
const SETUP = 0, READY = 1, RESULT = 3
const { searchParams } = new URL(location)
const answer = self.postMessage.bind(self)
let state = "asleep"
let asked // the latest question
let separator // what is between words, in the index
let chinese // the words of the index
let spellings // what readers type, and the words of the pages

const hand = data => dispatchEvent(new MessageEvent("message", { data }))

// The search looks for the beginnings of words, so a word without its ending finds all its forms.
const ENDINGS = [
  /^(\w{4,}?)(?:ing|ed|es|s)$/,
  /^([가-힣]{2,}?)(?:에게|에서|으로|로|을|를|이|가|은|는|의|와|과|에|도)$/
]
const beginning = word => ENDINGS.reduce((word, ending) => word.replace(ending, "$1"), word)

// The theme cuts Chinese at any word that it knows, forgets the last one, and finds nothing where
// it knows none. Here it is cut into the longest words that the index has, which has a space of no
// width between them; a backslash before each character keeps the theme from cutting them again.
const cut = text => text.replace(/\p{sc=Han}+/gu, run => {
  const parts = []
  for (let start = 0, end; start < run.length; start = end) {
    for (end = run.length; end > start + 1 && !chinese.has(run.slice(start, end)); ) end -= 1
    parts.push(run.slice(start, end))
  }
  const known = parts.filter(part => chinese.has(part))
  return ` ${(known.length ? known : parts).map(part => [...part].join("\\")).join(" ")} `
})

// A reader types words, or pastes an error message, and not the language of lunr's queries, which
// gives a meaning to colons and quotes, and looks for all words that begin with "a" for an "a".
const inWords = text => {
  const said = Object.entries(spellings).reduce(
    (text, [typed, said]) => text.replaceAll(typed, ` ${said} `),
    text.toLowerCase()
  )
  const words = said.split(separator).filter(word => word)
  const meant = words.filter(word => lunr.stopWordFilter(word))
  return cut((meant.length ? meant : words).map(beginning).join(" "))
}

// lunr takes two sets of words for one if their names, made of letters and numbers of sets, are the
// same by chance: "1" and 23 are "123", as are "12" and 3. Then it fails for words with digits.
const nameApart = () => {
  lunr.TokenSet.prototype.toString = function () {
    const edges = Object.keys(this.edges).sort().map(letter => `${letter}${this.edges[letter].id}\n`)
    return this._str ?? `${Number(this.final)}${edges.join("")}`
  }
}

const handOn = () => hand({ ...asked, data: inWords(asked.data) })

const wake = async () => {
  state = "waking"
  try {
    const index = await fetch(searchParams.get("index"))
    if (!index.ok) throw new Error(`${index.status} for ${index.url}`)
    const { config, docs, spellings: known } = await index.json()
    spellings = known
    separator = new RegExp(config.separator)
    chinese = new Set(docs.flatMap(({ title, text }) => `${title} ${text}`.match(/\p{sc=Han}+/gu) ?? []))
    importScripts(searchParams.get("theirs"))
    nameApart()
    hand({ type: SETUP, data: { config, docs, options: {} } })
  } catch (error) {
    state = "asleep" // the next letter tries again
    console.error(error)
  }
}

// Who types four words or more has most likely pasted a message, and looks for all of them in one
// place; elsewhere a few of them may be more frequent.
const hasAll = page => page.some(({ terms }) => {
  const found = Object.values(terms)
  return found.length >= 4 && found.every(is => is)
})

self.postMessage = message => {
  if (message.type === RESULT) message.data.items.sort((a, b) => hasAll(b) - hasAll(a))
  if (message.type !== READY) return answer(message)
  state = "awake"
  handOn()
}

addEventListener("message", event => {
  if (!event.isTrusted) return // it is for the theme's search
  event.stopImmediatePropagation()
  asked = event.data
  if (state === "awake") handOn()
  else if (!asked.data) answer({ type: RESULT, data: { items: [] } })
  else if (state === "asleep") wake()
})

answer({ type: READY })
