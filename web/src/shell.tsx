// The frame around every page: the rail, the theme, and the dialogs that lie over it.
import type { ComponentChildren, JSX } from "preact";
import { overview } from "./api/ui";
import { useQuery } from "./api/query";
import { Icon, Mark } from "./components/icons";
import { Help, Login } from "./components/dialogs";
import { Palette } from "./components/palette";
import { overlay } from "./keys";
import { places } from "./places";
import { flipTheme, shownTheme } from "./theme";
import { section } from "./url";

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const { data } = useQuery({ key: ["overview"], ask: overview, every: 5_000 });
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the page
      </a>
      <nav class="rail" aria-label="Places">
        <a class="brand" href="/" aria-label="Brickyard, now">
          <Mark />
          <span>Brickyard</span>
        </a>
        <ul>
          {places.map(({ name, href, icon, sections }) => {
            const here = sections.includes(section.value);
            return (
              <li key={href}>
                <a href={href} aria-current={here ? "page" : undefined} aria-label={name}>
                  <Icon name={icon} />
                  <span>{name}</span>
                  {name === "Now" && !!data?.operations.length && <span class="count">{data.operations.length}</span>}
                </a>
              </li>
            );
          })}
        </ul>
        <div class="rail-foot">
          <button type="button" onClick={() => (overlay.value = "palette")} aria-label="Search, Control K">
            <Icon name="search" />
            <span>Search</span>
            <kbd>Ctrl K</kbd>
          </button>
          <button type="button" onClick={flipTheme} aria-label={shownTheme.value === "dark" ? "Light theme" : "Dark theme"}>
            <Icon name={shownTheme.value === "dark" ? "light" : "dark"} />
            <span>{shownTheme.value === "dark" ? "Light" : "Dark"}</span>
          </button>
          <button type="button" onClick={() => (overlay.value = "help")} aria-label="Keys and help">
            <Icon name="help" />
            <span>Keys</span>
            <kbd>?</kbd>
          </button>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {overlay.value === "palette" && <Palette />}
      {overlay.value === "help" && <Help version={data?.version} />}
      {overlay.value === "login" && <Login />}
    </div>
  );
}

function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
