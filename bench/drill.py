"""Breaks a running install part by part and looks: does the screen tell the truth, does the alarm fire and clear?

`python bench/drill.py [worker_killed queue_lost relay_refuses gateway_unknown]`: the worker of charges is killed;
Valkey is emptied and killed; the relay refuses; the processor takes money without an answer. Everything runs on this
machine, in a folder of its own. Prints what it sees with the seconds since the start; exit 1 at the first untruth.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit import config, log
from models import base, schema
from tests.drill.breaks import ALL
from tests.drill.install import Install


def main() -> int:
    """The drill."""
    parts = {part.__name__: part for part in ALL}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", choices=[*parts, []], help="all of them unless some are named")
    chosen = parser.parse_args().part or list(parts)
    with tempfile.TemporaryDirectory() as folder:
        config.use(
            config.read({"SETTLE_MODE": "test", "DATA_DIR": folder, "SECRET_KEY": "k" * 40, "LOG_LEVEL": "ERROR"})
        )
        log.configure()
        golden = Path(folder) / "golden.db"
        base.configure(f"sqlite:///{golden}")
        schema.migrate()
        with base.connected():
            base.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        install = Install(golden, lambda text: print(text, flush=True))
        try:
            with install.house.move_in():
                install.open()
                for name in chosen:
                    parts[name](install)
        except AssertionError as untrue:
            print(f"NOT TRUE: {untrue}")
            return 1
        finally:
            install.house.clear()
    print("The screen told the truth each time; each alarm fired and cleared; nobody was charged twice.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
