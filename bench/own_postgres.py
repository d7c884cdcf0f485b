"""A PostgreSQL in a folder that stays: made once, measured as often as somebody likes."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.postgres import _as_other_user, _binaries, _run, free_port

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "work_mem": "64MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


class Cluster:
    """A server under `home`."""

    def __init__(self, home: Path) -> None:
        found = _binaries()
        if found is None:
            raise SystemExit("No PostgreSQL server found: apt-get install postgresql.")
        self._binaries, self._prefix, self.home = found, _as_other_user(), home.resolve()
        self._data, self._port = self.home / "data", free_port()

    @property
    def is_new(self) -> bool:
        """Whether nothing was made there yet."""
        return not self._data.exists()

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def make(self) -> None:
        """Makes the folder and an empty database, and starts."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o777)
        initdb = str(self._binaries / "initdb")
        _run(*self._prefix, initdb, "-D", str(self._data), "-A", "trust", "-U", "postgres", "-N")
        self.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE settle")

    def start(self) -> None:
        """Answers when this returns."""
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        self._control("-o", f"-p {self._port} -k {self.home} {options}", "-l", str(self.home / "log"), "-w", "start")

    def stop(self) -> None:
        """Ends it; what it holds stays."""
        self._control("-m", "fast", "-w", "stop")

    def _control(self, *words: str) -> None:
        _run(*self._prefix, str(self._binaries / "pg_ctl"), "-D", str(self._data), *words)
