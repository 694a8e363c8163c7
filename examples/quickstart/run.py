"""`make quickstart`: starts a server on free ports, runs flights.py against it, and keeps it up while you look around."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
BINARY = os.environ["BRICKYARD_BIN"]
DATA_DIR = HERE.parents[1] / ".data" / "quickstart"
READY_WITHIN_SECONDS = 30


def start() -> tuple[subprocess.Popen, dict]:
    address_file = DATA_DIR / "addresses.json"
    address_file.parent.mkdir(parents=True, exist_ok=True)
    address_file.unlink(missing_ok=True)
    free_ports = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
    server = subprocess.Popen([BINARY, "up", "--data-dir", DATA_DIR, "--address-file", address_file, "--log", "warn", *free_ports])
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < give_up_at and server.poll() is None:
        try:
            return server, json.loads(address_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.02)
    server.kill()
    sys.exit("the server did not start; its words are above")


def main() -> int:
    server, addresses = start()
    try:
        flights = [sys.executable, HERE / "flights.py", "--spark", addresses["grpc"], "--http", addresses["http"]]
        outcome = subprocess.run(flights, check=False).returncode
        if outcome == 0 and sys.stdin.isatty():
            print("The server runs until you press Ctrl-C.")
            signal.pause()
        return outcome
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait(timeout=15)


if __name__ == "__main__":
    sys.exit(main())
