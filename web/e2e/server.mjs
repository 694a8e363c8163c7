// The real server for the journeys: BRICKYARD_HTTP if one is running, else the binary BRICKYARD_BIN in a fresh folder.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const READY_WITHIN_MS = 30_000;

const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), ".cache/brickyard/target");
const binary = process.env.BRICKYARD_BIN ?? join(target, "release/brickyard");

/** This process's environment without what would steer the server elsewhere. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BRICKYARD_")));

/** Starts a server with an empty data folder; `stop` ends it and removes the folder. */
export async function startServer(options = []) {
  if (process.env.BRICKYARD_HTTP) return { http: process.env.BRICKYARD_HTTP, grpc: null, stop: async () => {} };
  if (!existsSync(binary)) throw new Error(`there is no binary at ${binary}; run \`make build\`, or set BRICKYARD_BIN`);
  const folder = mkdtempSync(join(tmpdir(), "brickyard-web-"));
  const addresses = join(folder, "addresses.json");
  const places = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data-dir", join(folder, "data"), "--address-file", addresses];
  const child = spawn(binary, ["up", ...places, ...options], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (!existsSync(addresses)) {
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error(`the server did not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { http, grpc } = JSON.parse(readFileSync(addresses, "utf8"));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const token = () => {
    const made = spawnSync(binary, ["token", "create", "--data-dir", join(folder, "data")], { env: environment, encoding: "utf8" });
    if (made.status !== 0) throw new Error(`no token was made:\n${made.stderr}`);
    return /\bby_[\w-]+/.exec(made.stdout)[0];
  };
  return { http, grpc, stop, token };
}
