// What people come for, role by role, in the real browser against the real server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";

/** Types a statement into the editor in place of what is there. */
async function write(page, statement) {
  await page.getByRole("textbox", { name: "SQL statement" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(statement);
}

const cell = (page, text) => page.getByRole("gridcell", { name: text, exact: true }).first();

/** Each journey starts on a fresh page at `at`. */
export const journeys = [
  {
    name: "analyst: query, sort, chart, CSV",
    at: "/sql",
    async go(page) {
      await write(page, "SELECT city, people FROM cities ORDER BY people");
      await page.keyboard.press("Control+Enter");
      await cell(page, "Namur").waitFor();
      assert.equal(await page.getByRole("gridcell").first().textContent(), "Namur");
      await page.getByRole("columnheader", { name: /people/ }).getByRole("button").click();
      await page.getByRole("columnheader", { name: /people/ }).getByRole("button").click();
      assert.equal(await page.getByRole("gridcell").first().textContent(), "Ghent", "largest first");
      await page.getByRole("tab", { name: "Chart" }).click();
      await page.getByRole("row", { name: /Ghent 265,000/ }).waitFor();
      assert.match(page.url(), /view=chart/);
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
      const csv = readFileSync(await download.path(), "utf8");
      assert.equal(csv, "city,people\r\nNamur,113000\r\nBruges,119000\r\nLiège,195000\r\nGhent,265000\r\n");
    },
  },
  {
    name: "analyst: a line over numbers",
    at: "/sql?view=chart&q=SELECT%20distance_km,%20avg(fare)%20AS%20fare%20FROM%20trips%20GROUP%20BY%20distance_km%20ORDER%20BY%201",
    async go(page) {
      await page.getByRole("textbox", { name: "SQL statement" }).waitFor();
      await page.getByRole("button", { name: /Run/ }).click();
      const chart = page.getByRole("img", { name: /fare by distance_km, line chart/ });
      await chart.waitFor();
      assert.match(await chart.getAttribute("aria-label"), /40 points, from 3\.5 to 38\.6/);
    },
  },
  {
    name: "analyst: only the selection runs",
    at: "/sql",
    async go(page) {
      await write(page, "SELECT 1 AS one\nSELECT 2 AS two");
      await page.keyboard.press("Home");
      await page.keyboard.press("Shift+End");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("columnheader", { name: /two/ }).waitFor();
    },
  },
  {
    name: "analyst: a long statement is cancelled",
    at: "/sql",
    async go(page) {
      await write(page, "SELECT count(*) FROM range(3000000) a CROSS JOIN range(3000000) b WHERE (a.id * b.id) % 7 = 3");
      await page.keyboard.press("Control+Enter");
      await page.getByText("▶ running").waitFor();
      await page.keyboard.press("Control+.");
      await page.getByText("the statement was cancelled").waitFor();
      await write(page, "SELECT 7 AS after");
      await page.keyboard.press("Control+Enter");
      await cell(page, "7").waitFor();
    },
  },
  {
    name: "analyst: an error explains itself",
    at: "/sql",
    async go(page) {
      await write(page, "SELECT peple FROM cities");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("alert").getByText(/peple/).first().waitFor();
      await page.getByRole("link", { name: /Explain BY-SQL-/ }).click();
      await page.getByRole("heading", { level: 1, name: /^BY-SQL-/ }).waitFor();
    },
  },
  {
    name: "data engineer: tree, preview, columns, history",
    at: "/data",
    async go(page) {
      await page.getByRole("navigation", { name: "Tables" }).getByRole("link", { name: "cities" }).click();
      await cell(page, "Liège").waitFor();
      await page.getByRole("tab", { name: /Columns/ }).click();
      await page.getByRole("cell", { name: "people" }).waitFor();
      await page.getByRole("tab", { name: /History/ }).click();
      await page.getByRole("tabpanel").getByRole("row").nth(1).getByText("WRITE").waitFor();
      await page.goBack();
      await page.getByRole("heading", { level: 1, name: "Data" }).waitFor();
    },
  },
  {
    name: "data scientist: filter, mark, compare",
    at: "/experiments",
    async go(page) {
      await page.getByRole("link", { name: "fares", exact: true }).click();
      await page.getByRole("link", { name: "oak" }).waitFor();
      await page.getByRole("searchbox", { name: "Filter runs" }).fill("metrics.rmse < 2.45");
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: "oak" }).waitFor({ state: "detached" });
      assert.match(page.url(), /filter=metrics\.rmse/);
      await page.goBack();
      await page.getByRole("link", { name: "oak" }).waitFor();
      await page.getByRole("checkbox", { name: "Mark oak" }).check();
      await page.getByRole("checkbox", { name: "Mark elm" }).check();
      await page.getByRole("button", { name: "Compare 2" }).click();
      await page.getByRole("row", { name: /maxDepth 5 6/ }).waitFor();
      assert.equal(await page.getByRole("row", { name: /^seed/ }).count(), 0, "what is the same is not shown");
      await page.getByRole("checkbox", { name: "Only differences" }).uncheck();
      await page.getByRole("row", { name: /^seed/ }).waitFor();
      await page.getByRole("img", { name: /loss, line chart\. oak: 30 points.*elm: 30 points/ }).waitFor();
    },
  },
  {
    name: "data scientist: the link that mlflow prints",
    at: ({ runs }) => `/#/experiments/1/runs/${runs[0]}`,
    async go(page, { runs }) {
      await page.getByRole("heading", { level: 1, name: "oak" }).waitFor();
      assert.equal(new URL(page.url()).pathname, `/runs/${runs[0]}`);
      await page.getByRole("row", { name: "maxDepth 5" }).waitFor();
    },
  },
  {
    name: "ML engineer: a version, its signature, its endpoint, a prediction",
    at: "/models",
    needsModel: true,
    async go(page) {
      await page.getByRole("link", { name: "fares" }).click();
      await page.getByRole("cell", { name: "@champion" }).waitFor();
      await page.getByRole("table", { name: "Reads" }).getByRole("row", { name: "distance_km double" }).waitFor();
      await page.getByRole("table").getByRole("link", { name: "fares" }).click();
      await page.getByRole("heading", { level: 1, name: "fares" }).waitFor();
      await page.getByLabel(/^city/).fill("Ghent");
      await page.getByLabel(/^distance_km/).fill("ten");
      await page.getByText("not a number").waitFor();
      await page.getByLabel(/^distance_km/).fill("10");
      await page.getByRole("button", { name: "Predict" }).click();
      await page.getByRole("table", { name: "Answer" }).waitFor();
      await page.getByText(/round trip/).waitFor();
      assert.match(await page.getByLabel("curl code").textContent(), /"distance_km": 10/);
    },
  },
  {
    name: "administrator: executors, or how to get them",
    at: "/compute",
    async go(page) {
      await page.getByText(/executor/i).first().waitFor();
    },
  },
  {
    name: "keyboard only: skip, go, search, help, grid",
    at: "/",
    async go(page) {
      await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the page");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      await page.keyboard.press("g");
      await page.keyboard.press("d");
      await page.getByRole("heading", { level: 1, name: "Data" }).waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog", { name: "Search" }).waitFor();
      await page.keyboard.type("table cities");
      await page.getByRole("option", { name: /main\.default\.cities/ }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("grid").waitFor();
      await page.getByRole("grid").focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Control+c");
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\d+$/);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog", { name: "Search" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "Search" }).waitFor({ state: "detached" });
      await page.keyboard.press("g");
      await page.keyboard.press("r");
      await page.getByRole("link", { name: "oak" }).or(page.getByRole("heading", { name: "Default" })).first().waitFor();
    },
  },
  {
    name: "a theme chosen by hand stays",
    at: "/",
    async go(page) {
      await page.getByRole("button", { name: "Dark theme" }).click();
      await page.reload();
      await page.getByRole("button", { name: "Light theme" }).waitFor();
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), "rgb(23, 20, 18)");
    },
  },
];

/** Every page, to be checked by axe and photographed in both themes. */
export const places = ({ runs, model }) => [
  ["now", "/"],
  ["sql", "/sql?q=SELECT%20*%20FROM%20trips", async (page) => {
    await page.getByRole("textbox", { name: "SQL statement" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("grid").waitFor();
  }],
  ["sql-chart", "/sql?view=chart&q=SELECT%20city,%20avg(fare)%20AS%20fare%20FROM%20trips%20GROUP%20BY%20city", async (page) => {
    await page.getByRole("textbox", { name: "SQL statement" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("row", { name: /Ghent/ }).waitFor();
  }],
  ["data", "/data"],
  ["table", "/data/main/default/trips"],
  ["columns", "/data/main/default/trips?tab=columns"],
  ["history", "/data/main/default/cities?tab=history"],
  ["experiments", "/experiments/1"],
  ["run", `/runs/${runs[0]}`],
  ["compare", `/compare?runs=${runs.join(",")}`],
  ["models", "/models"],
  ...(model ? [["model", "/models/fares/1"], ["endpoint", "/endpoints/fares"]] : []),
  ["endpoints", "/endpoints"],
  ["compute", "/compute"],
  ["explain", "/explain/BY-SQL-0001"],
];

export async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, help, nodes }) => `axe ${id}: ${help}: ${nodes[0].html.slice(0, 160)}`);
}
