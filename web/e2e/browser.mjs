// Debian's Chromium under Playwright; a page fails its journey by a foreign request, a script error or a CSP violation.
import { chromium } from "playwright-core";

const executablePath = process.env.BRICKYARD_CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath, args });

/** Opens a page at `path`; `complaints` collects what must not happen. */
export async function open(browser, http, path, { theme = "light", width = 1280, height = 800 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce", acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints = [];
  page.on("request", (request) => {
    const own = request.url().startsWith(`${http}/`) || request.url().startsWith("blob:");
    if (!own) complaints.push(`foreign request: ${request.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    // The browser itself logs every answer that is not 2xx; journeys that provoke one look at the page instead.
    const refused = /Failed to load resource/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !refused) complaints.push(`console: ${message.text()}`);
  });
  await page.goto(http + path);
  return { page, complaints, close: () => context.close() };
}
