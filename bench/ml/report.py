"""The measured seconds as a Markdown table, and as a picture of time against rows.

python bench/ml/report.py bench/ml      # writes results.md and results.svg again from results.json
"""

import datetime
import html
import json
import math
import os
import pathlib
import platform
import sys

from tasks import BY_NAME

NAMES = {
    "brickyard": "Brickyard",
    "lightgbm": "LightGBM",
    "xgboost": "XGBoost",
    "sklearn": "scikit-learn",
    "implicit": "implicit",
    "hnswlib": "hnswlib",
}
COLOURS = {
    "brickyard": "#b5432a",
    "lightgbm": "#2f6f9f",
    "xgboost": "#3f8f5a",
    "sklearn": "#8a6d1d",
    "implicit": "#6b4fa0",
    "hnswlib": "#777777",
}


def machine() -> dict:
    """The processor, its cores and the memory of this machine."""
    cpu = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": cpu[0].split(":", 1)[1].strip() if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "date": datetime.date.today().isoformat(),
    }


def best(result: dict | None) -> float | None:
    return min(result["seconds"]) if result and "seconds" in result else None


def line(run: dict) -> str:
    """One run in one line, for the terminal."""
    cells = []
    for who, result in run["by"].items():
        taken = best(result)
        cells.append(
            f"{who} failed: {result['error']}" if taken is None else f"{who} {taken:.2f} s ({result['quality']:.4f})"
        )
    return f"{run['task']} {run['rows']:,}: " + ", ".join(cells)


def ratio(task, who: str, ours: float | None, theirs: float | None) -> str:
    """Our time over theirs, with the goal if there is one."""
    if ours is None or theirs is None:
        return ""
    goal = task.goals.get(who)
    found = ours / theirs
    return f"{found:.2f}" + ("" if goal is None else f" (goal {goal:g}{', met' if found <= goal else ''})")


def table(runs: list[dict]) -> list[str]:
    lines = ["| task | rows | who | seconds | held out | ours / theirs |", "| --- | ---: | --- | ---: | ---: | --- |"]
    for run in runs:
        task, ours = BY_NAME[run["task"]], best(run["by"].get("brickyard"))
        for place, who in enumerate(sorted(run["by"], key=lambda who: who != "brickyard")):
            result = run["by"][who]
            taken = best(result)
            first = [task.title, f"{run['rows']:,}"] if place == 0 else ["", ""]
            if taken is None:
                lines.append(
                    "| " + " | ".join([*first, NAMES[who], "failed", result["error"].replace("|", "/"), ""]) + " |"
                )
                continue
            again = f" (again {min(result['again']):.2f})" if "again" in result else ""
            quality = f"{result['quality']:.4f} {task.metric}"
            compared = "" if who == "brickyard" else ratio(task, who, ours, taken)
            lines.append("| " + " | ".join([*first, NAMES[who], f"{taken:.2f}{again}", quality, compared]) + " |")
    return lines


def write(folder: pathlib.Path, about: dict, runs: list[dict]):
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    text = [
        "# Beside the fastest libraries",
        "",
        f"{about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, {about['system']}, {about['date']}; "
        f"{about['threads']} threads each, the shortest of {about['repeats']}. {versions}.",
        "",
        "Seconds of a library are from float64 arrays in memory to the model; ours are those of `fit` in PySpark on a",
        "cached table that no fit has seen yet, *again* those of the next fit on it. Some rows are held out.",
        "",
        *table(runs),
        "",
        "PyTorch is not among them: its wheel on PyPI needs CUDA's libraries.",
        "",
        "![seconds against rows](results.svg)",
    ]
    (folder / "results.md").write_text("\n".join(text) + "\n")
    (folder / "results.svg").write_text(picture(runs))


# -- the picture: a panel a task, seconds against rows, both by powers of ten

WIDTH, HEIGHT, ACROSS = 300, 210, 3
LEFT, RIGHT, TOP, BOTTOM = 44, 90, 30, 30


def panel(task, runs: list[dict], x: float, y: float) -> list[str]:
    """Axes, a line by whoever took part, and the name beside its end."""
    rows = sorted({run["rows"] for run in runs})
    times = [taken for run in runs for taken in map(best, run["by"].values()) if taken]
    if not times:
        return []
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)) + 1e-9)
    high = max(high, low + 1)
    first, last = math.log10(rows[0]), math.log10(rows[-1])

    def across(count: float) -> float:
        share = (math.log10(count) - first) / (last - first) if last > first else 0.5
        return x + LEFT + share * (WIDTH - LEFT - RIGHT)

    def up(seconds: float) -> float:
        return y + HEIGHT - BOTTOM - (math.log10(seconds) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    title = html.escape(task.title.split(" (")[0])
    drawn = [f'<text x="{x + 6}" y="{y + 16}" font-size="10.5" font-weight="600">{title}</text>']
    for power in range(low, high + 1):
        level = up(10.0**power)
        drawn.append(f'<path d="M{x + LEFT} {level:.1f}H{x + WIDTH - RIGHT}" stroke="#ddd"/>')
        drawn.append(f'<text x="{x + LEFT - 5}" y="{level + 3:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for count in rows:
        place = f'x="{across(count):.1f}" y="{y + HEIGHT - BOTTOM + 14}"'
        drawn.append(f'<text {place} text-anchor="middle">{count:,}</text>')
    ends = []
    for who in NAMES:
        taken = [(run["rows"], best(run["by"].get(who))) for run in runs]
        dots = [(across(count), up(seconds)) for count, seconds in sorted(taken) if seconds]
        if not dots:
            continue
        thick = 2.2 if who == "brickyard" else 1.3
        path = "L".join(f"{left:.1f} {level:.1f}" for left, level in dots)
        drawn.append(f'<path d="M{path}" fill="none" stroke="{COLOURS[who]}" stroke-width="{thick}"/>')
        drawn += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.4" fill="{COLOURS[who]}"/>' for a, b in dots]
        ends.append((dots[-1][1], dots[-1][0], who))
    level = -math.inf
    for wanted, left, who in sorted(ends):
        level = max(wanted, level + 11)
        place = f'x="{left + 6:.1f}" y="{level + 3:.1f}"'
        drawn.append(f'<text {place} fill="{COLOURS[who]}">{NAMES[who].split(" (")[0]}</text>')
    return drawn


def picture(runs: list[dict]) -> str:
    names = list(dict.fromkeys(run["task"] for run in runs))
    down = math.ceil(len(names) / ACROSS)
    drawn = []
    for number, name in enumerate(names):
        of_task = [run for run in runs if run["task"] == name]
        drawn += panel(BY_NAME[name], of_task, number % ACROSS * WIDTH, number // ACROSS * HEIGHT)
    size = f'width="{ACROSS * WIDTH}" height="{down * HEIGHT}"'
    style = 'font-family="system-ui, sans-serif" font-size="9.5" fill="#333"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n' + "\n".join([ground, *drawn]) + "\n</svg>\n"


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    write(folder, results["about"], results["runs"])
