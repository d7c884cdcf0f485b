"""deploy/upgrade.sh with the real commands, and stand-ins for systemctl, git and pip that note when they are called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.operations import stops
from kit.clock import utc_now
from models.base import db
from models.payments import Attempt
from tests.payments.conftest import Shop

pytestmark = pytest.mark.slow
HOUSE = Path(__file__).parents[2]
SMTP = "smtp://me:pa$$w&rd;x@127.0.0.1:25"  # nothing in it is the shell's
ORDER = ["manage backup", "manage drain", "systemctl stop", "git fetch", "git checkout", "pip", "manage migrate",
         "systemctl start", "systemctl restart", "manage resume", "manage status"]  # fmt: skip


class Machine:
    """A folder that stands for /opt/settle, on this store."""

    def __init__(self, folder: Path, store: str, queue: Path) -> None:
        self.told, self._folder = folder / "told", folder
        python = folder / "home" / ".venv" / "bin" / "python"
        self._script(python, f'echo "$SMTP_URL" >{folder}/smtp; case "$1" in -m) echo pip >>{self.told};; '
                             f'*) shift; echo "manage $*" >>{self.told}; '
                             f'cd {HOUSE}; exec {sys.executable} manage.py "$@";; esac')  # fmt: skip
        for name in ("systemctl", "git"):
            self._script(folder / "bin" / name, f'echo "{name} $*" >>{self.told}')
        settings = {
            "SETTLE_MODE": "test",
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": store,
            "SECRET_KEY": "k" * 40,
            "REDIS_URL": f"unix://{queue}",
        }
        lines = [
            "# as systemd reads it",
            f"SMTP_URL={SMTP}",
            *(f"{name}='{value}'" for name, value in settings.items()),
        ]
        (folder / "settle.env").write_text("\n".join(lines))  # the last line without an end

    def _script(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def upgrade(self) -> subprocess.CompletedProcess[str]:
        """The script, for a release."""
        own = {
            "SETTLE_HOME": str(self._folder / "home"),
            "SETTLE_ENV": str(self._folder / "settle.env"),
            "SETTLE_RUN_AS": "",
            "SETTLE_WAIT": "3",
            "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}",
        }
        script = str(HOUSE / "deploy" / "upgrade.sh")
        return subprocess.run(
            [script, "v9"], env=os.environ | own, capture_output=True, text=True, check=False, timeout=300
        )

    def steps(self) -> list[str]:
        """What was called, in short."""
        return [" ".join(line.split()[:2]) for line in self.told.read_text().splitlines()]


@pytest.mark.usefixtures("sandbox", "queue")
def test_an_upgrade_goes_in_its_order_and_nothing_stays_stopped(
    sqlite_store: str, tmp_path: Path, valkey_socket: Path
) -> None:
    machine = Machine(tmp_path, sqlite_store, valkey_socket)
    db.close()
    done = machine.upgrade()
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.steps() == ORDER
    assert (tmp_path / "smtp").read_text().strip() == SMTP
    db.connect()
    assert stops.active(utc_now()) == []
    assert len(list((tmp_path / "data" / "backups").glob("settle-*.db"))) == 1


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("queue")
def test_what_is_under_way_holds_it_up_before_anything_is_stopped(
    shop: Shop, store: str, tmp_path: Path, valkey_socket: Path
) -> None:
    shop.press(shop.method(), shop.order())
    attempt, later = Attempt.get(), utc_now().replace(year=2090)
    in_flight = {"state": "sending", "closed_at": None, "lease_until": later, "next_look_at": later}
    Attempt.update(in_flight).execute()
    machine = Machine(tmp_path, store, valkey_socket)
    db.close()
    done = machine.upgrade()
    assert (done.returncode, machine.steps()) == (1, ORDER[:2])
    assert "Nothing was restarted" in done.stdout
    db.connect()
    Attempt.update({name: getattr(attempt, name) for name in in_flight}).execute()
