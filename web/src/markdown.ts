// The Markdown of error pages: headings, paragraphs, list items, fenced code, and code within a line. Pure.

export interface Block {
  kind: "heading" | "paragraph" | "item" | "code";
  text: string;
}

export function blocks(markdown: string): Block[] {
  const found: Block[] = [];
  let fence: string[] | null = null;
  let open: Block | null = null;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) {
      if (fence) found.push({ kind: "code", text: fence.join("\n") });
      fence = fence ? null : [];
      open = null;
    } else if (fence) {
      fence.push(line);
    } else if (line.trim() === "") {
      open = null;
    } else if (/^#+ /.test(line)) {
      found.push({ kind: "heading", text: line.replace(/^#+ /, "") });
      open = null;
    } else if (/^[-*] /.test(line)) {
      found.push((open = { kind: "item", text: line.slice(2) }));
    } else if (open) {
      open.text += ` ${line.trim()}`;
    } else {
      found.push((open = { kind: "paragraph", text: line }));
    }
  }
  return found;
}

/** The pieces of a line between back-ticks are code. */
export function spans(text: string): { text: string; code: boolean }[] {
  return text
    .split("`")
    .map((piece, at) => ({ text: piece, code: at % 2 === 1 }))
    .filter(({ text }) => text !== "");
}
