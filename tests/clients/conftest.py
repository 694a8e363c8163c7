"""The real binary behind the real clients: every test talks to a `brickyard up` that this file starts and stops."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from pyspark.sql import SparkSession

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
GOLD = REPOSITORY / "gold"
READY_WITHIN_SECONDS = 30
STOPPED_WITHIN_SECONDS = 10


def binary() -> pathlib.Path:
    """The program under test: BRICKYARD_BIN, else the release build of this checkout."""
    if "BRICKYARD_BIN" in os.environ:
        return pathlib.Path(os.environ["BRICKYARD_BIN"])
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "release" / "brickyard"


def environment() -> dict:
    """This process's environment without the settings that would steer the server or a client elsewhere.

    Functions run with this Python, which has the libraries that they need."""
    steering = ("BRICKYARD_", "SPARK_", "MLFLOW_", "DATABRICKS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    return kept | {"BRICKYARD_PYTHON": sys.executable}


class Server:
    """A running `brickyard up`: its addresses, its folder, its process and the file with all that it printed."""

    def __init__(self, work_dir: pathlib.Path, extra_args=(), data_dir=None):
        work_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir = pathlib.Path(data_dir) if data_dir else work_dir / "data"
        self.log = work_dir / "server.log"
        self.sessions, self.was_killed = [], False
        address_file = work_dir / "addresses.json"
        defaults = {"--http": "127.0.0.1:0", "--grpc": "127.0.0.1:0", "--data-dir": str(self.data_dir)}
        defaults["--address-file"] = str(address_file)
        chosen = [word for flag, value in defaults.items() if flag not in extra_args for word in (flag, value)]
        command = [str(binary()), "up", *chosen, *map(str, extra_args)]

        started = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment()
            )
        addresses = self._wait_for(address_file)
        self.ready_seconds = time.monotonic() - started
        self.http, self.grpc = addresses["http"], addresses["grpc"]

    def _wait_for(self, address_file: pathlib.Path) -> dict:
        give_up_at = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < give_up_at:
            try:
                return json.loads(address_file.read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                time.sleep(0.01)
            assert self.process.poll() is None, f"the server ended at once:\n{self.log_text()}"
        self.process.kill()
        raise AssertionError(f"the server was not ready in {READY_WITHIN_SECONDS} s:\n{self.log_text()}")

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def port(self) -> int:
        """The Spark Connect port."""
        return int(self.grpc.rsplit(":", 1)[1])

    def session(self, **options) -> SparkSession:
        """A new Spark session on this server, whatever other sessions this process has."""
        builder = SparkSession.builder.remote(self.grpc)
        for name, value in options.items():
            builder = builder.config(name.replace("__", "."), value)
        self.sessions.append(builder.create())
        make_active(self.sessions[-1])
        return self.sessions[-1]

    def _leave(self):
        """Ends the sessions: a client left open at exit asks a server that is gone for ten minutes."""
        for session in self.sessions:
            if self.process.poll() is None:
                session.stop()
            else:
                session.client.close()

    def kill(self):
        """The end without warning; stop() then asserts nothing."""
        self.was_killed = True
        self.process.kill()
        self.process.wait()
        self._leave()

    def stop(self):
        """SIGTERM; the server must end by itself, in time and with status 0."""
        self._leave()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOPPED_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(
                    f"no end {STOPPED_WITHIN_SECONDS} s after SIGTERM:\n{self.log_text()[-4000:]}"
                ) from None
        assert self.was_killed or self.process.returncode == 0, (
            f"status {self.process.returncode}:\n{self.log_text()[-4000:]}"
        )


def make_active(session: SparkSession):
    """pyspark.ml talks to the active session, and of many sessions the client makes only its first one active."""
    type(session)._active_session.session = session


def run_brickyard(*arguments, timeout_seconds=30) -> subprocess.CompletedProcess:
    """One command of the program, with its output as text; for commands that end by themselves."""
    command = [str(binary()), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, env=environment())


@pytest.fixture
def brickyard():
    """`brickyard("token", "create", ...)` runs one command and returns its CompletedProcess."""
    return run_brickyard


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share."""
    shared = Server(tmp_path_factory.mktemp("brickyard"))
    yield shared
    shared.stop()


@pytest.fixture
def start_server(tmp_path):
    """`start_server(*extra_args, data_dir=None)` starts a server of the test's own; it is stopped at the end."""
    started = []

    def start(*extra_args, data_dir=None) -> Server:
        started.append(Server(tmp_path / f"server{len(started)}", extra_args, data_dir or tmp_path / "data"))
        return started[-1]

    yield start
    for own in started:
        own.stop()


@pytest.fixture(scope="session")
def spark(server):
    """A session of the stock client on the shared server, the same for every test."""
    shared = server.session()
    shared_sessions.append(shared)
    return shared


shared_sessions = []


@pytest.fixture(autouse=True)
def shared_session_stays_active():
    """A test that opened a session of its own, or stopped it, leaves the next test the shared one."""
    yield
    for shared in shared_sessions:
        make_active(shared)


@pytest.fixture(scope="session")
def gold_dir() -> pathlib.Path:
    return GOLD
