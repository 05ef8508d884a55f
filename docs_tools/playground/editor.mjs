// The editor for programs and scripts: CodeMirror, bundled into the site as `assets/python/editor.mjs`
// and loaded when the reader edits something.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands"
import { pythonLanguage } from "@codemirror/lang-python"
import { bracketMatching, indentOnInput, indentUnit, StreamLanguage, syntaxHighlighting } from "@codemirror/language"
import { EditorState, StateEffect, StateField } from "@codemirror/state"
import { Decoration, drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view"
import { classHighlighter } from "@lezer/highlight"

// A script as Pygments draws it on the page, see duologue.scripts.pygments_lexer.
const WORDS = /^(?:open|accept|deny|close|drop|wait|like|any|binary|true|false|null)\b/
const script = StreamLanguage.define({
  token: stream => {
    if (stream.sol() && stream.match(/^\s*#.*/)) return "comment"
    if (stream.match(/^"(?:\\.|[^"\\])*"?/)) return "string"
    if (stream.match(/^(?:0x[0-9a-fA-F]*|-?\d[\d.eE+-]*)/)) return "number"
    if (stream.match(/^[<>]/)) return "operator"
    if (stream.match(WORDS)) return "keyword"
    if (!stream.match(/^[\w-]+/)) stream.next()
    return null
  },
})

const LANGUAGES = { python: pythonLanguage, script }

// The lines that something is wrong with, and those that have come true, until the reader changes
// something.
const mark = StateEffect.define()
const marks = StateField.define({
  create: () => Decoration.none,
  update: (marked, { docChanged, effects, state }) => {
    for (const effect of effects) if (effect.is(mark)) return marking(state, effect.value)
    return docChanged ? Decoration.none : marked
  },
  provide: field => EditorView.decorations.from(field),
})
const marking = ({ doc }, lines) => Decoration.set(
  Object.entries(lines).flatMap(([kind, numbers]) => numbers
    .filter(number => number >= 1 && number <= doc.lines)
    .map(number => Decoration.line({ class: `cm-${kind}` }).range(doc.line(number).from))),
  true,
)

// Makes an editor in `parent`. `label` is its name for screen readers, `run` and `leave` are called at
// Ctrl-Enter (or ⌘-Enter) and at Escape, `change` after each change.
export const edit = ({ parent, text, language, label, run, leave, change = () => {} }) => {
  const calling = action => () => { action(); return true }
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([
          { key: "Mod-Enter", run: calling(run) },
          { key: "Escape", run: calling(leave) },
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of("    "),
        syntaxHighlighting(classHighlighter),
        LANGUAGES[language],
        marks,
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", autocapitalize: "off", spellcheck: "false" }),
        EditorView.updateListener.of(({ docChanged }) => { if (docChanged) change() }),
      ],
    }),
  })
  return {
    get text() {
      return view.state.doc.toString()
    },
    set text(given) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: given } })
    },
    // Lines by what they are: { came: [1, 2], wrong: [3] }.
    mark: lines => view.dispatch({ effects: mark.of(lines) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  }
}
