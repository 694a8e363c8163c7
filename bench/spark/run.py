"""Brickyard beside Spark 4.2 on the same script, machine, cores and rows, in one go; prints the ratios.

python bench/spark/run.py                   # installs pyspark into an environment of its own, needs Java 17
python bench/spark/run.py --only brickyard  # or --only spark; --copies 1 for a third of the rows
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import servers

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("BRICKYARD_CACHE", pathlib.Path.home() / ".cache" / "brickyard"))
SPARK_REQUIREMENTS = ["pyspark[connect]==4.2.0", "pandas<3", "pyarrow"]


def options() -> argparse.Namespace:
    target = os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")
    binary = os.environ.get("BRICKYARD_BIN", f"{target}/release/brickyard")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=binary, help="the brickyard program")
    parser.add_argument("--only", choices=["brickyard", "spark"], help="measure one of the two")
    parser.add_argument("--copies", type=int, default=3, help="how often the year of flights is written (default 3)")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--spark-memory", default="8g", help="heap of Spark's JVM")
    parser.add_argument("--spark-python", help="a Python that has pyspark 4.2; without it, one is made")
    parser.add_argument("--json", type=pathlib.Path, help="also write the results here")
    return parser.parse_args()


def spark_python() -> str:
    """An environment with Spark of its own: pyspark would hide the stock client in the tests' environment."""
    python = CACHE / "spark-venv" / "bin" / "python"
    if not python.exists():
        print("installing Spark 4.2 ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *SPARK_REQUIREMENTS], check=True)
    return str(python)


def write_csv(folder: pathlib.Path, copies: int):
    """The flights as CSV, one file a copy: about a million rows for three."""
    import pyarrow.csv
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(REPOSITORY / "data" / "flights.parquet")
    folder.mkdir()
    pyarrow.csv.write_csv(table, folder / "part-0.csv")
    for copy in range(1, copies):
        shutil.copy(folder / "part-0.csv", folder / f"part-{copy}.csv")


def measure(start, script_python: str, csv_folder: pathlib.Path) -> dict:
    server = start()
    print(f"{server.name}: measuring ...", flush=True)
    try:
        result = servers.run_workload(script_python, HERE / "workload.py", server, csv_folder)
        result["seconds"] = {"server ready": server.ready_seconds} | result["seconds"]
        result["peak_bytes"] = server.peak_bytes
        return result
    finally:
        server.stop()


def table(results: dict) -> str:
    """Seconds of both and how many times faster Brickyard is; then memory; then proof that both did the work."""
    ours, theirs = results.get("Brickyard"), results.get("Spark")
    any_result = ours or theirs
    rows = [("", "Brickyard", "Spark 4.2", "ratio")]

    def cell(result, read, form):
        return form.format(read(result)) if result else "-"

    def add(name, read, form):
        ratio = f"{read(theirs) / read(ours):.1f}x" if ours and theirs else "-"
        rows.append((name, cell(ours, read, form), cell(theirs, read, form), ratio))

    for name in any_result["seconds"]:
        add(name, lambda result, name=name: result["seconds"][name], "{:.2f} s")
    add("all of it", lambda result: sum(result["seconds"].values()), "{:.2f} s")
    add("peak memory", lambda result: result["peak_bytes"] / 1e6, "{:.0f} MB")
    for name in any_result["quality"]:
        both = [cell(result, lambda one, name=name: one["quality"][name], "{:.6g}") for result in (ours, theirs)]
        rows.append((name, *both, ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{r[0]:<{widths[0]}}  {r[1]:>{widths[1]}}  {r[2]:>{widths[2]}}  {r[3]:>{widths[3]}}" for r in rows
    )


def main():
    chosen = options()
    results = {}
    with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as tmp:
        tmp = pathlib.Path(tmp)
        csv_folder = tmp / "flights"
        write_csv(csv_folder, chosen.copies)
        if chosen.only != "spark":
            binary = str(pathlib.Path(chosen.binary).resolve())
            start = lambda: servers.brickyard(binary, tmp, chosen.cores)  # noqa: E731
            results["Brickyard"] = measure(start, sys.executable, csv_folder)
        if chosen.only != "brickyard":
            python = chosen.spark_python or spark_python()
            start = lambda: servers.spark(python, tmp, chosen.cores, chosen.spark_memory)  # noqa: E731
            results["Spark"] = measure(start, sys.executable, csv_folder)
    print(f"\n{chosen.cores} cores\n{table(results)}")
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
