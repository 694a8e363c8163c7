// Light, dark, or as the system says.
import { computed, effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "brickyard.theme";
const themes: readonly Theme[] = ["system", "light", "dark"];

export const theme = signal<Theme>(themes.find((theme) => theme === localStorage.getItem(KEY)) ?? "system");

const systemIsDark = signal(matchMedia("(prefers-color-scheme: dark)").matches);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => (systemIsDark.value = event.matches));

/** What is on the screen. */
export const shownTheme = computed(() => (theme.value === "system" ? (systemIsDark.value ? "dark" : "light") : theme.value));

effect(() => {
  localStorage.setItem(KEY, theme.value);
  if (theme.value === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme.value);
});

/** Turns what is shown into its opposite; back to the system's choice where that is the same. */
export function flipTheme(): void {
  const wanted = shownTheme.peek() === "dark" ? "light" : "dark";
  theme.value = (wanted === "dark") === systemIsDark.peek() ? "system" : wanted;
}
