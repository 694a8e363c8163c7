"""TPC-H on Brickyard, DuckDB, Sail and, where a Python with PySpark is named, Spark: one machine, one run, same files.

python bench/sql/run.py                              # scale 1; makes an environment for the others
python bench/sql/run.py --spark-python ~/spark/bin/python --scale 0.1 1
"""

import argparse
import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import queries

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("BRICKYARD_CACHE", pathlib.Path.home() / ".cache" / "brickyard"))

sys.path.insert(0, str(REPOSITORY / "bench" / "spark"))

import servers  # noqa: E402

# Of the geometric means, ours over theirs; a query is ahead where ours is shorter.
GOALS = {"DuckDB": 1.3, "Sail": 1.0, "Spark": 1 / 12}


def options() -> argparse.Namespace:
    target = os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")
    binary = os.environ.get("BRICKYARD_BIN", f"{target}/release/brickyard")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=binary, help="the brickyard program")
    parser.add_argument("--others", type=pathlib.Path, help="an environment with requirements.txt; else one is made")
    parser.add_argument("--spark-python", help="a Python that has PySpark 4.2 with its JVM; without it, no Spark")
    parser.add_argument("--scale", type=float, nargs="+", default=[1.0], help="gigabytes of data, about")
    parser.add_argument("--repeats", type=int, default=3, help="the shortest of so many is told (default 3)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="6g", help="of Spark's JVM (default 6g)")
    parser.add_argument("--data", type=pathlib.Path, default=CACHE / "bench-sql", help="where the data is made")
    parser.add_argument("--output", type=pathlib.Path, default=HERE, help="folder of results.md and results.json")
    return parser.parse_args()


def environment() -> pathlib.Path:
    made = CACHE / "bench-sql-venv"
    if not (made / "bin" / "python").exists():
        print("installing DuckDB, Sail and the generator ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
        requirements = ["-r", str(HERE / "requirements.txt")]
        subprocess.run([str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements], check=True)
    return made


def data(others: pathlib.Path, folder: pathlib.Path, scale: float) -> pathlib.Path:
    made = folder / f"scale{scale:g}"
    if not (made / "supplier.parquet").exists():
        made.mkdir(parents=True, exist_ok=True)
        command = [others / "bin" / "tpchgen-cli", "parquet", "-s", f"{scale:g}", f"--output-dir={made}"]
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
    return made


def sail(others: pathlib.Path, folder: pathlib.Path, cores: int) -> servers.Server:
    port = servers.free_port()
    command = [str(others / "bin" / "sail"), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    env = dict(os.environ) | {"SAIL_EXECUTION__DEFAULT_PARALLELISM": str(cores), "TOKIO_WORKER_THREADS": str(cores)}
    return servers.Server("Sail", command, port, folder / "sail.log", env)


def printed(command: list) -> dict:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise SystemExit(f"{command[1]} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measured(chosen, others: pathlib.Path, folder: pathlib.Path, tmp: pathlib.Path) -> dict:
    """By engine: its queries by number, and the most memory that it held."""
    starts = {
        "Brickyard": lambda: servers.brickyard(str(pathlib.Path(chosen.binary).resolve()), tmp, chosen.threads),
        "Sail": lambda: sail(others, tmp, chosen.threads),
    }
    if chosen.spark_python:
        starts["Spark"] = lambda: servers.spark(chosen.spark_python, tmp, chosen.threads, chosen.memory)
    found = {}
    for name, start in starts.items():
        server = start()
        try:
            command = [sys.executable, HERE / "over_connect.py", server.address, folder, chosen.repeats]
            found[name] = {"queries": printed(command), "peak_bytes": 0}
            found[name]["peak_bytes"] = max(server.peak_bytes, servers.peak_bytes(server.process.pid))
        finally:
            server.stop()
        print(f"{name}: {mean(found[name]):.3f} s", flush=True)
    command = [others / "bin" / "python", HERE / "in_duckdb.py", chosen.threads, folder, chosen.repeats]
    found["DuckDB"] = printed(command)
    print(f"DuckDB: {mean(found['DuckDB']):.3f} s", flush=True)
    return found


def mean(engine: dict) -> float:
    """Geometric, of the seconds of all queries."""
    seconds = [query["seconds"] for query in engine["queries"].values()]
    return math.exp(sum(map(math.log, seconds)) / len(seconds))


def page(about: dict, by_scale: dict) -> str:
    lines = [
        "# TPC-H beside other engines",
        "",
        f"{about['machine']}; {about['threads']} threads each, the shortest of {about['repeats']}. {about['versions']}.",
        "",
        "Seconds from `spark.sql(…).collect()` in PySpark to the rows, over Parquet files; DuckDB in its own process.",
        "Checksums are of the rows, with numbers to six digits.",
    ]
    for scale, found in by_scale.items():
        names = list(found)
        lines += ["", f"## Scale {scale}", "", f"| query | {' | '.join(names)} | same rows |"]
        lines += [f"| ---: |{' ---: |' * len(names)} --- |"]
        for number in found["Brickyard"]["queries"]:
            each = [found[name]["queries"][number] for name in names]
            ours = each[0]["checksum"]
            other = [name for name, one in zip(names, each, strict=True) if one["checksum"] != ours]
            seconds = " | ".join(f"{one['seconds']:.3f}" for one in each)
            lines.append(f"| {number} | {seconds} | {'yes' if not other else 'not ' + ', '.join(other)} |")
        lines.append(f"| geometric mean | {' | '.join(f'{mean(found[name]):.3f}' for name in names)} | |")
        peaks = " | ".join(f"{found[name]['peak_bytes'] / 1e6:.0f}" for name in names)
        lines += [f"| peak memory, MB | {peaks} | |", ""]
        for name in names[1:]:
            ratio = mean(found["Brickyard"]) / mean(found[name])
            pairs = zip(found["Brickyard"]["queries"].values(), found[name]["queries"].values(), strict=True)
            ahead = sum(ours["seconds"] < theirs["seconds"] for ours, theirs in pairs)
            met = ", met" if ratio <= GOALS[name] else ""
            lines.append(f"- Brickyard / {name}: {ratio:.2f} (goal {GOALS[name]:.2g}{met}); ahead on {ahead} of 22")
    return "\n".join(lines) + "\n"


def main():
    chosen = options()
    others = chosen.others or environment()
    by_scale = {}
    for scale in chosen.scale:
        folder = data(others, chosen.data, scale)
        with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as tmp:
            by_scale[f"{scale:g}"] = measured(chosen, others, folder, pathlib.Path(tmp))
    listed = subprocess.check_output([str(others / "bin" / "python"), "-m", "pip", "freeze"], text=True)
    wanted = [line.split("==")[0] for line in (HERE / "requirements.txt").read_text().splitlines()]
    versions = [line.replace("==", " ") for line in listed.splitlines() if line.split("==")[0] in wanted]
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    machine = f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    about = {"machine": machine, "threads": chosen.threads, "repeats": chosen.repeats, "versions": ", ".join(versions)}
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "results.json").write_text(json.dumps({"about": about, "runs": by_scale}, indent=1) + "\n")
    (chosen.output / "results.md").write_text(page(about, by_scale))
    print(f"written: {chosen.output / 'results.md'}")


if __name__ == "__main__":
    main()
