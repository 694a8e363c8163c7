// The SQL editor: CodeMirror inside a shadow root, where its styles need no exception from the content security policy.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, SQLDialect, sql } from "@codemirror/lang-sql";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Tables and their columns for completion. */
export type Schema = Record<string, string[]>;

export interface EditorHandle {
  text(): string;
  /** The selected text, or null where nothing is selected. */
  selection(): string | null;
  insert(text: string): void;
  replace(text: string): void;
  focus(): void;
}

interface EditorProps {
  initial: string;
  schema: Schema;
  run: () => void;
  cancel: () => void;
  changed: (text: string) => void;
  ready: (handle: EditorHandle) => void;
}

const spark = SQLDialect.define({
  keywords: `${PostgreSQL.spec.keywords} predict endpoint model using optimize vacuum zorder describe history cache uncache qualify pivot unpivot lateral view explode tblproperties partitioned`,
  types: "tinyint smallint int bigint float double decimal string binary boolean date timestamp timestamp_ntz array map struct variant",
  identifierQuotes: "`",
  doubleQuotedStrings: true,
  backslashEscapes: true,
});

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--bg)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--brick)" },
  ".cm-cursor": { borderLeftColor: "var(--brick)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--bg)", color: "var(--muted)", border: "none", paddingLeft: "8px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--surface) 70%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--series-1) 26%, transparent)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--hover)", outline: "1px solid var(--edge)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--edge)", borderRadius: "4px", color: "var(--text)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--brick)", color: "var(--on-brick)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--brick)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--done)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--series-1)" },
  { tag: tags.typeName, color: "var(--series-4)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--muted)", fontStyle: "italic" },
]);

/** Left to itself the browser keeps the look of replaced text by inline styles, which the policy forbids. */
const typeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    const typed = event.data;
    if (event.inputType !== "insertText" || typed === null || empty) return false;
    const replace = () =>
      view.state.update(view.state.replaceSelection(typed), { userEvent: "input.type", scrollIntoView: true });
    const handled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, typed, replace));
    if (!handled) view.dispatch(replace());
    event.preventDefault();
    return true;
  },
});

export function Editor(props: EditorProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const key = (key: string, act: () => void) => ({ key, run: () => (act(), true) });
    const state = EditorState.create({
      doc: props.initial,
      extensions: [
        Prec.highest(keymap.of([key("Mod-Enter", () => latest.current.run()), key("Mod-.", () => latest.current.cancel())])),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        language.current.of(sql({ dialect: spark, schema: props.schema })),
        syntaxHighlighting(colours),
        placeholder("SELECT …"),
        EditorView.contentAttributes.of({ "aria-label": "SQL statement" }),
        EditorView.updateListener.of((update) => update.docChanged && latest.current.changed(update.state.doc.toString())),
        typeOverSelection,
        look,
      ],
    });
    const editor = new EditorView({ state, parent: root, root });
    view.current = editor;
    props.ready(handle(editor));
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(sql({ dialect: spark, schema: props.schema })) });
  }, [props.schema]);

  return <div class="editor" ref={host} />;
}

function handle(view: EditorView): EditorHandle {
  const selected = () => view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to);
  return {
    text: () => view.state.doc.toString(),
    selection: () => selected().trim() || null,
    insert: (text) => {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    replace: (text) => {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } });
      view.focus();
    },
    focus: () => view.focus(),
  };
}
