"""Commands for the people who run Settle: `python manage.py <command> --help`.

Each command is a row of COMMANDS in a file of commands/: what it is for, its arguments, what it does. A command only
asks and prints; the doing is in the domain function that it calls, imported when the command runs.
"""

from __future__ import annotations

import argparse
import sys

from commands import backup, books, contacts, demo, imports, look, merchants, operate, portal, running, status
from commands.command import Command
from kit.errors import ConfigError, DomainError

COMMANDS: tuple[Command, ...] = (
    *running.COMMANDS,
    *status.COMMANDS,
    *demo.COMMANDS,
    *imports.COMMANDS,
    *merchants.COMMANDS,
    *contacts.COMMANDS,
    *look.COMMANDS,
    *portal.COMMANDS,
    *books.COMMANDS,
    *operate.COMMANDS,
    *backup.COMMANDS,
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. A setting or a request that cannot be is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(prog="python manage.py", description="Commands of Settle.")
    table = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        own = table.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(own)
        own.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except (ConfigError, DomainError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, EOFError):
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
