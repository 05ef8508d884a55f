// What the modules of the playground share: the words of the page, and how an element is made.
const beside = name => new URL(name, import.meta.url)

export const words = await (await fetch(beside("words.json"))).json()

// Puts values into a sentence.
export const say = (sentence, values = {}) =>
  sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "").replace(/ +/g, " ").trim()

// Makes an element with properties, of which those that are no such thing are attributes.
export const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value
    else element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

const sheet = make("link", { rel: "stylesheet", href: beside("playground.css").href })
document.head.append(sheet)
await new Promise(resolve => { sheet.onload = sheet.onerror = resolve })
