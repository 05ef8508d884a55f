// Reads texts as JSON from standard input, and writes for each what zhlint would make of it.

import { text } from "node:stream/consumers"
import { run } from "zhlint"

const rules = {
  preset: "default",
  // Our brackets beside Chinese are full-width, as W3C's requirements for Chinese text have them.
  halfwidthPunctuation: "",
  fullwidthPunctuation: "，。：；？！“”‘’（）",
  // No space stands beside any full-width punctuation, quotation marks included.
  adjustedFullwidthPunctuation: "",
  // Emphasis stands between spaces (取 **最后** 值), because not every Markdown parser sees it
  // otherwise, and zhlint takes these for spaces between Chinese characters. docs_tools/wording/style.py
  // looks for such spaces where there is no emphasis.
  noSpaceBetweenFullwidthContent: undefined,
}

const texts = JSON.parse(await text(process.stdin))
const found = texts.map(each => {
  const { result, validations } = run(each, { rules, hyperParse: ["markdown"] })
  return validations.map(({ index, message }) => ({ index, message, result }))
})
process.stdout.write(JSON.stringify(found))
