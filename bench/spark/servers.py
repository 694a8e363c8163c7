"""The two servers under measurement: each starts on a free port and has its memory watched in /proc."""

import json
import os
import pathlib
import socket
import subprocess
import threading
import time

READY_WITHIN_SECONDS = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree_of(pid: int) -> list[int]:
    """A process and all its descendants: spark-submit is a shell that starts the JVM."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def peak_bytes(pid: int) -> int:
    """The largest resident size so far, of a process and its descendants together."""
    total = 0
    for one in tree_of(pid):
        try:
            status = pathlib.Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    return total


class Server:
    """A started process with its log, its Spark Connect address and the most memory that it ever held."""

    def __init__(self, name: str, command: list, port: int, log: pathlib.Path, env: dict):
        self.name, self.address, self.peak_bytes = name, f"sc://127.0.0.1:{port}", 0
        started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdout=log.open("wb"), stderr=subprocess.STDOUT, env=env, start_new_session=True
        )
        self._wait_until_it_listens(port, log)
        self.ready_seconds = time.perf_counter() - started
        threading.Thread(target=self._watch, daemon=True).start()

    def _wait_until_it_listens(self, port: int, log: pathlib.Path):
        give_up_at = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < give_up_at and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.01)
        raise SystemExit(f"{self.name} did not start:\n{log.read_text()[-3000:]}")

    def _watch(self):
        while self.process.poll() is None:
            self.peak_bytes = max(self.peak_bytes, peak_bytes(self.process.pid))
            time.sleep(0.5)

    def stop(self):
        for pid in reversed(tree_of(self.process.pid)):
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                pass
        self.process.wait(60)


def brickyard(binary: str, folder: pathlib.Path, cores: int) -> Server:
    port = free_port()
    flags = ["--grpc", f"127.0.0.1:{port}", "--http", "127.0.0.1:0", "--data-dir", str(folder / "data")]
    command = [binary, "up", *flags, "--threads", str(cores)]
    return Server("Brickyard", command, port, folder / "brickyard.log", dict(os.environ))


def spark(python: str, folder: pathlib.Path, cores: int, memory: str) -> Server:
    port = free_port()
    home = subprocess.check_output([python, "-c", "import pyspark; print(pyspark.__path__[0])"], text=True).strip()
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": cores,
        "spark.local.dir": folder,
    }
    command = [f"{home}/bin/spark-submit", "--master", f"local[{cores}]", "--driver-memory", memory]
    command += [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    env |= {"PYSPARK_PYTHON": python, "PWD": str(folder)}
    return Server("Spark", command, port, folder / "spark.log", env)


def run_workload(python: str, script: pathlib.Path, server: Server, csv_folder: pathlib.Path) -> dict:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    command = [python, str(script), server.address, str(csv_folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise SystemExit(f"the workload failed on {server.name}:\n{done.stderr[-4000:]}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    server.peak_bytes = max(server.peak_bytes, peak_bytes(server.process.pid))
    return result
