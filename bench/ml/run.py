"""Brickyard beside the fastest libraries, in one run on one machine; writes the table and the picture of results.md.

python bench/ml/run.py                            # 10^5 and 10^6 rows; makes an environment for the libraries
python bench/ml/run.py --rows 100000 --repeats 1  # a short look; --task boosting --task als for some tasks only
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import report
from tasks import BY_NAME, TASKS

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("BRICKYARD_CACHE", pathlib.Path.home() / ".cache" / "brickyard"))

sys.path.insert(0, str(REPOSITORY / "bench" / "spark"))

import servers  # noqa: E402


def options() -> argparse.Namespace:
    target = os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")
    binary = os.environ.get("BRICKYARD_BIN", f"{target}/release/brickyard")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=binary, help="the brickyard program")
    parser.add_argument("--libraries-python", help="a Python that has requirements.txt; without it, one is made")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3, help="the shortest of so many is told (default 3)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--task", choices=list(BY_NAME), action="append", help="this task only; may be repeated")
    parser.add_argument("--data", type=pathlib.Path, default=CACHE / "bench-ml", help="where the data is made")
    parser.add_argument("--output", type=pathlib.Path, default=HERE, help="folder of results.md, .json and .svg")
    return parser.parse_args()


def libraries_python() -> str:
    """An environment with the libraries of its own: they want another pandas than the clients."""
    python = CACHE / "bench-ml-venv" / "bin" / "python"
    if not python.exists():
        print("installing the libraries ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        requirements = ["-r", str(HERE / "requirements.txt")]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *requirements], check=True)
    return str(python)


def answer(command: list, threads: int) -> dict:
    """The JSON that a script prints last; every pool of threads that it may have is limited."""
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    done = subprocess.run(command, capture_output=True, text=True, env=env | dict.fromkeys(limits, str(threads)))
    if done.returncode != 0:
        return {"error": done.stderr.strip().splitlines()[-1][:300]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def made(python: str, folder: pathlib.Path, name: str, rows: int) -> str:
    command = [python, str(HERE / "data_sets.py"), str(folder), name, str(rows)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def versions(python: str) -> dict:
    names = [line.split("==") for line in (HERE / "requirements.txt").read_text().splitlines() if "==" in line]
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    found = subprocess.check_output([python, "-c", code, *[name for name, _ in names]], text=True)
    return {"pyspark-client": importlib.metadata.version("pyspark-client")} | json.loads(found)


def measured(chosen: argparse.Namespace, python: str, tmp: pathlib.Path) -> list[dict]:
    """By task and size, and in each by whoever did it: seconds and quality."""
    found = []
    wanted = [BY_NAME[name] for name in chosen.task] if chosen.task else TASKS
    server = servers.brickyard(str(pathlib.Path(chosen.binary).resolve()), tmp, chosen.threads)
    try:
        for task in wanted:
            sizes = [task.only_rows] if task.only_rows else [min(rows, task.most_rows) for rows in chosen.rows]
            for rows in dict.fromkeys(sizes):
                folder = made(python, chosen.data, task.data, rows)
                run = {"task": task.name, "rows": rows, "by": {}}
                for library in task.libraries:
                    command = [python, str(HERE / "peers.py"), library, task.name, folder]
                    run["by"][library] = answer([*command, str(chosen.threads), str(chosen.repeats)], chosen.threads)
                command = [sys.executable, str(HERE / "ours.py"), server.address, task.name, folder]
                run["by"]["brickyard"] = answer([*command, str(chosen.repeats)], chosen.threads)
                found.append(run)
                print(report.line(run), flush=True)
    finally:
        server.stop()
    return found


def main():
    chosen = options()
    python = chosen.libraries_python or libraries_python()
    with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as tmp:
        runs = measured(chosen, python, pathlib.Path(tmp))
    about = report.machine() | {"threads": chosen.threads, "repeats": chosen.repeats, "versions": versions(python)}
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "results.json").write_text(json.dumps({"about": about, "runs": runs}, indent=1) + "\n")
    report.write(chosen.output, about, runs)
    print(f"written: {chosen.output / 'results.md'}")


if __name__ == "__main__":
    main()
