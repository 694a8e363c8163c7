// Runs every journey, axe on every page in both themes, and the checks of headers and empty pages. Exit code 1 on a failure.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, open } from "./browser.mjs";
import { accessible, journeys, places } from "./journeys.mjs";
import { seed } from "./seed.mjs";
import { startServer } from "./server.mjs";

const shots = process.env.BRICKYARD_SHOTS ?? join(tmpdir(), "brickyard-shots");
mkdirSync(shots, { recursive: true });
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

let failures = 0;
async function check(name, act) {
  const started = Date.now();
  try {
    await act();
    console.log(`ok    ${name} (${Date.now() - started} ms)`);
  } catch (error) {
    failures++;
    console.log(`FAIL  ${name}\n      ${String(error.message ?? error).split("\n").join("\n      ")}`);
  }
}

/** Opens a page, does something, photographs it, and fails on anything the page complained of. */
async function visit(browser, http, path, shot, options, act) {
  const { page, complaints, close } = await open(browser, http, path, options);
  try {
    await act(page);
  } finally {
    await page.screenshot({ path: join(shots, `${shot}.png`) });
    await close();
  }
  assert.deepEqual(complaints, []);
}

const settled = async (page) => {
  await page.waitForLoadState("networkidle");
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
};

async function headers(http) {
  const page = await fetch(`${http}/data/main/default/x`, { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-security-policy"), POLICY);
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())[1];
  for (const encoding of ["br", "gzip", "identity"]) {
    const asset = await fetch(http + script, { headers: { "Accept-Encoding": encoding } });
    assert.match(asset.headers.get("cache-control"), /immutable/);
    assert.equal(asset.headers.get("content-encoding"), encoding === "identity" ? null : encoding);
    assert.match(await asset.text(), /import|const|function/);
  }
  const again = await fetch(`${http}/`, { headers: { "If-None-Match": (await fetch(`${http}/`)).headers.get("etag") } });
  assert.equal(again.status, 304);
  assert.equal((await fetch(`${http}/assets/none.js`)).status, 404);
  const explained = await fetch(`${http}/explain/by-sql-0001`);
  assert.match(await explained.text(), /^# BY-SQL-0001/);
}

/** A server that asks for a token: the page loads, asks for it, refuses a wrong one, and works with a right one. */
async function login(browser) {
  const closed = await startServer(["--auth", "token"]);
  try {
    assert.equal((await fetch(`${closed.http}/ui/v1/tables`)).status, 401);
    await visit(browser, closed.http, "/data", "login", {}, async (page) => {
      await page.getByRole("dialog", { name: "Access token" }).waitFor();
      await page.getByLabel("Token", { exact: true }).fill("by_wrong");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText(/unknown, revoked or expired/).waitFor();
      await page.getByLabel("Token", { exact: true }).fill(closed.token());
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "No tables yet" }).waitFor();
      assert.equal(await page.evaluate(() => document.cookie), "", "scripts cannot read the cookie");
      await page.reload();
      await page.getByRole("heading", { name: "No tables yet" }).waitFor();
    });
  } finally {
    await closed.stop();
  }
}

/** Two executor processes are listed with their cores. */
async function executors(browser) {
  const cluster = await startServer(["--executors", "2"]);
  try {
    await visit(browser, cluster.http, "/compute", "executors", {}, async (page) => {
      await page.getByRole("row").nth(2).waitFor({ timeout: 30_000 });
      await page.waitForTimeout(3_000);
      assert.equal(await page.getByRole("row").count(), 3, "a head and two executors that stay");
      assert.deepEqual(await accessible(page), []);
    });
  } finally {
    await cluster.stop();
  }
}

const server = await startServer();
const browser = await launch();
try {
  if (!process.env.BRICKYARD_HTTP) {
    for (const [name, path] of [["now", "/"], ["data", "/data"], ["experiments", "/experiments"], ["models", "/models"], ["endpoints", "/endpoints"]]) {
      await check(`empty ${name} shows working code`, () =>
        visit(browser, server.http, path, `empty-${name}`, {}, async (page) => {
          await page.locator("pre.code-block").first().waitFor();
          await settled(page);
          const code = (await page.locator("pre.code-block").allTextContents()).join("\n");
          assert.ok(code.includes(new URL(server.http).hostname) || /CREATE ENDPOINT/.test(code), code);
          assert.deepEqual(await accessible(page), []);
        }),
      );
    }
  }
  const seeded = await seed(server);
  if (!seeded.model) console.log("skip  models: the Spark client is not installed here");
  await check("headers: policy, caching, encodings", () => headers(server.http));
  for (const { name, at, go, needsModel } of journeys) {
    if (needsModel && !seeded.model) continue;
    const path = typeof at === "function" ? at(seeded) : at;
    const shot = `journey-${name.replace(/\W+/g, "-")}`;
    await check(name, () => visit(browser, server.http, path, shot, {}, (page) => go(page, seeded)));
  }
  for (const theme of ["light", "dark"]) {
    for (const [name, path, prepare] of places(seeded)) {
      await check(`${name}, ${theme}: accessible`, () =>
        visit(browser, server.http, path, `${name}-${theme}`, { theme }, async (page) => {
          await prepare?.(page);
          await settled(page);
          assert.deepEqual(await accessible(page), []);
        }),
      );
    }
  }
  for (const [name, path] of [["now", "/"], ["table", "/data/main/default/trips"], ["experiments", "/experiments/1"]]) {
    await check(`${name} on a narrow screen`, () =>
      visit(browser, server.http, path, `${name}-390`, { width: 390, height: 844 }, async (page) => {
        await settled(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} px wider than the screen`);
        assert.deepEqual(await accessible(page), []);
      }),
    );
  }
  if (!process.env.BRICKYARD_HTTP) {
    await check("administrator: login by token", () => login(browser));
    await check("administrator: two executors", () => executors(browser));
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(failures ? `${failures} failed; pictures in ${shots}` : `all passed; pictures in ${shots}`);
process.exit(failures ? 1 : 0);
