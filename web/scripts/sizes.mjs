// Prints what each page costs gzipped (entry, its static imports, its lazy parts, all styles) and fails past the budget.
import { readFileSync, statSync } from "node:fs";

const dist = new URL("../dist/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(`${dist}manifest.json`, "utf8"));
const home = "index.html";
const budgetBytes = { home: 120_000, page: 300_000 };

/** The built files that `key` needs; with `lazily`, also what it loads later, other pages apart. */
function filesOf(key, lazily, files = new Set(), seen = new Set()) {
  if (seen.has(key)) return files;
  seen.add(key);
  const chunk = manifest[key];
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const next of chunk.imports ?? []) filesOf(next, lazily && next !== home, files, seen);
  const later = lazily ? (chunk.dynamicImports ?? []).filter((next) => !next.startsWith("src/pages/")) : [];
  for (const next of later) filesOf(next, lazily, files, seen);
  return files;
}

const gzipBytes = (files) => [...files].reduce((sum, file) => sum + statSync(`${dist}${file}.gz`).size, 0);

const rows = [["home", gzipBytes(new Set([...filesOf(home, true), "index.html"])), budgetBytes.home]];
for (const key of Object.keys(manifest).filter((key) => key.startsWith("src/pages/") && manifest[key].isDynamicEntry)) {
  const files = new Set([...filesOf(home, false), ...filesOf(key, true), "index.html"]);
  rows.push([key.replace(/^src\/pages\/|\.tsx$/g, ""), gzipBytes(files), budgetBytes.page]);
}

let failed = false;
for (const [page, bytes, budget] of rows) {
  const over = bytes > budget;
  failed ||= over;
  console.log(`${page.padEnd(12)} ${(bytes / 1000).toFixed(1).padStart(6)} kB of ${budget / 1000} kB${over ? "  too large" : ""}`);
}
process.exit(failed ? 1 : 0);
