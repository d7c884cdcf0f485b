"""Kills a running install under load: `python bench/crash.py --seconds 120 --every 3 --store postgres --seed 1`.

Web, workers, clock, Valkey, PostgreSQL, the gateway and the mailbox are ended without warning, one every few seconds,
while customers press *Pay* (tests/crash/). Then everything may heal, and books, bank and mailbox are compared. Exit 1
when something is wrong. The seed chooses the victims and what people do; processes and network keep their own time.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import structlog

from kit.errors import ConfigError
from tests.crash.run import crash


def main() -> int:
    """Parses the options, runs, prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="under blows; healing takes about a minute more")
    options.add_argument("--every", type=float, default=3.0, help="seconds from blow to blow, on average")
    options.add_argument("--store", choices=("postgres", "sqlite"), default="postgres")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--logs", type=Path, metavar="FOLDER", help="keep what the processes logged")
    options.add_argument("--quiet", action="store_true", help="only the report")
    chosen = options.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *_: ""])
    for number in (signal.SIGINT, signal.SIGTERM):  # both end with nothing left behind
        signal.signal(number, signal.default_int_handler)
    try:
        report = crash(
            seconds=chosen.seconds,
            every=chosen.every,
            store=chosen.store,
            logs=chosen.logs,
            seed=chosen.seed,
            say=(lambda _text: None) if chosen.quiet else (lambda text: print(text, flush=True)),
        )
    except ConfigError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(*report.lines(), sep="\n", flush=True)
    return 1 if report.wrong or report.left else 0


if __name__ == "__main__":
    sys.exit(main())
