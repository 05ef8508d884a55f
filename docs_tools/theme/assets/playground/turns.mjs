// The lines of a program and of its script as the page draws them.

// Milliseconds between two lines, so that an eye can follow, if the reader likes things to move. The
// conversation itself may be over long before.
const BEAT = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350

// Those of the script light up as they come true.
export class Turns {
  constructor(stage, program) {
    this.program = program
    this.turns = [...stage.querySelectorAll("[data-line]")]
  }

  clear() {
    for (const turn of this.turns) turn.classList.remove("turn--came", "turn--now", "turn--wrong")
    this.markLine(null)
  }

  // Those up to a line come true, one after the other, until that is stopped.
  async come(line, signal) {
    for (const turn of this.turns) {
      if (signal.aborted || Number(turn.dataset.line) > line) return
      if (turn.classList.contains("turn--came")) continue
      turn.classList.add("turn--now")
      await new Promise(resolve => setTimeout(resolve, BEAT))
      turn.classList.remove("turn--now")
      turn.classList.add("turn--came")
    }
  }

  fail(line) {
    const turn = this.turns.find(turn => Number(turn.dataset.line) === line)
    turn?.classList.remove("turn--came")
    turn?.classList.add("turn--wrong")
  }

  // A line of the program is marked; none of them, where the number is none.
  markLine(number) {
    CSS.highlights?.delete("duologue-wrong")
    const lines = this.program.textContent.split("\n")
    if (!window.Highlight || !(number >= 1 && number <= lines.length)) return
    const end = lines.slice(0, number).join("\n").length
    const range = new Range()
    range.setStart(...place(this.program, end - lines[number - 1].trimStart().length))
    range.setEnd(...place(this.program, end))
    CSS.highlights.set("duologue-wrong", new Highlight(range))
  }
}

// Where a character is: code is cut into many elements.
const place = (code, offset) => {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    if (offset <= walker.currentNode.length) return [walker.currentNode, offset]
    offset -= walker.currentNode.length
  }
}
