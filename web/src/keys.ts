// Keys for the whole page. Single letters can be switched off (WCAG 2.1.4) and never fire while typing.
import { signal } from "@preact/signals";
import { places } from "./places";
import { go } from "./url";

const KEY = "brickyard.letters";

export const lettersOn = signal(localStorage.getItem(KEY) !== "off");

export function switchLetters(on: boolean): void {
  lettersOn.value = on;
  localStorage.setItem(KEY, on ? "on" : "off");
}

export type Overlay = "palette" | "help" | "login" | null;

/** The dialog that lies over the page. */
export const overlay = signal<Overlay>(null);

const GO_WITHIN_MS = 1200;

/** The help dialog's rows. */
export const keyTable: [string, string][] = [
  ["Ctrl K", "search places, tables, models, actions"],
  ["g then a letter", places.map(({ letter, name }) => `${letter} ${name}`).join(", ")],
  ["/", "to the filter"],
  ["j k", "down and up in a list"],
  ["x", "mark the run"],
  ["c", "compare marked runs"],
  ["Enter", "open"],
  ["Ctrl Enter", "run the statement, or the selection"],
  ["Ctrl .", "cancel the statement"],
  ["?", "this help"],
];

export function listenForKeys(): void {
  let wentAt = -Infinity;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      overlay.value = overlay.value === "palette" ? null : "palette";
      return;
    }
    if (!isLetter(event)) return;
    if (performance.now() - wentAt < GO_WITHIN_MS) {
      wentAt = -Infinity;
      const place = places.find(({ letter }) => letter === event.key);
      if (place) {
        event.preventDefault();
        go(place.href);
      }
    } else if (event.key === "g") {
      wentAt = performance.now();
    } else if (event.key === "?") {
      overlay.value = "help";
    } else if (event.key === "/") {
      const filter = document.querySelector<HTMLElement>("[data-filter]");
      if (filter) event.preventDefault();
      filter?.focus();
    } else if (event.key === "j" || event.key === "k") {
      moveInList(event.key === "j" ? 1 : -1);
    }
  });
}

/** Whether a key is a single letter meant for the page: nothing is being typed and no dialog is open. */
export function isLetter(event: KeyboardEvent): boolean {
  if (!lettersOn.value || overlay.value !== null || event.defaultPrevented) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.composedPath()[0];
  return !(target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable));
}

function moveInList(step: number): void {
  const links = [...document.querySelectorAll<HTMLElement>("main tbody tr a[data-open]")];
  if (!links.length) return;
  const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  const next = at === -1 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + step));
  links[next]!.focus();
}
