// Something to look at, made through the public doors: tables by SQL, runs by MLflow's REST, a model by the Spark client.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env.BRICKYARD_CACHE ?? join(homedir(), ".cache/brickyard");
const python = process.env.BRICKYARD_PYTHON ?? join(cache, "venv/bin/python");

export async function post(http, path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(http + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} ${JSON.stringify(body)}: ${response.status} ${text}`);
  return JSON.parse(text);
}

export const sql = (http, statement) => post(http, "/ui/v1/sql", { id: `seed ${Math.random()}`, statement, max_rows: 10 });
const mlflow = (http, path, body) => post(http, `/api/2.0/mlflow/${path}`, body);

/** What was made: the ids of the runs, and whether there is a model with an endpoint. */
export async function seed({ http, grpc }) {
  await sql(http, "CREATE TABLE cities AS SELECT * FROM VALUES ('Ghent', 265000), ('Bruges', 119000), ('Namur', 113000) AS t(city, people)");
  await sql(
    http,
    `CREATE TABLE trips AS SELECT id AS trip, CASE id % 3 WHEN 0 THEN 'Ghent' WHEN 1 THEN 'Bruges' ELSE 'Namur' END AS city,
       CAST(id % 40 AS DOUBLE) / 2 AS distance_km, 3.5 + CAST(id % 40 AS DOUBLE) * 0.9 AS fare,
       CASE WHEN id % 7 = 0 THEN NULL ELSE CAST(id % 5 AS INT) END AS passengers FROM range(5000)`,
  );
  await sql(http, "INSERT INTO cities VALUES ('Liège', 195000)");
  return { runs: await seedRuns(http), model: grpc !== null && seedModel(grpc, http) };
}

async function seedRuns(http) {
  const { experiment_id } = await mlflow(http, "experiments/create", { name: "fares" });
  const runs = [];
  for (const [at, name] of ["oak", "elm", "ash"].entries()) {
    const start_time = Date.now() - (4 - at) * 3_600_000;
    const { run } = await mlflow(http, "runs/create", { experiment_id, run_name: name, start_time, user_id: "ada" });
    const run_id = run.info.run_id;
    const steps = Array.from({ length: 30 }, (_, step) => ({
      key: "loss", step, timestamp: start_time + step * 1000, value: 0.3 + 1 / (1 + step / (3 + at)),
    }));
    await mlflow(http, "runs/log-batch", {
      run_id,
      metrics: [...steps, { key: "rmse", step: 0, timestamp: start_time, value: 2.5 - at / 10 }],
      params: [{ key: "maxDepth", value: String(5 + at) }, { key: "seed", value: "42" }],
      tags: [{ key: "team", value: "rides" }],
    });
    await mlflow(http, "runs/update", { run_id, status: at === 2 ? "FAILED" : "FINISHED", end_time: start_time + 40_000 });
    runs.push(run_id);
  }
  return runs;
}

/** A fitted pipeline, registered as `fares` and served; false where the Spark client is not installed. */
function seedModel(grpc, http) {
  if (!existsSync(python)) return false;
  const script = new URL("model.py", import.meta.url).pathname;
  const ran = spawnSync(python, [script, grpc, http], { encoding: "utf8", timeout: 180_000 });
  if (ran.status !== 0) throw new Error(`model.py failed:\n${ran.stdout}${ran.stderr}`);
  return true;
}
