"""What a command is, and what every command begins with."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.errors import ConfigError

if TYPE_CHECKING:
    from kit.config import Settings

Arguments = argparse.ArgumentParser
Chosen = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """One row of the table. `run` returns the exit code."""

    name: str
    help: str
    run: Callable[[Chosen], int]
    arguments: Callable[[Arguments], object] = lambda _parser: None


def with_store() -> Settings:
    """Sets this process up, with a store at this version. Raises ConfigError when it is away or behind."""
    from peewee import PeeweeException

    from models.schema import pending
    from workers.process import set_up

    settings = set_up()
    try:
        behind = pending()
    except PeeweeException as problem:
        raise ConfigError(f"The store at DATABASE_URL does not answer: {str(problem).splitlines()[0]}") from None
    if behind:
        raise ConfigError("The store is not up to date. Run: python manage.py migrate")
    return settings


def one_line_bar(stage: str, done: int, total: int) -> None:
    """How far a long command has come, in one line that is written over."""
    full = 30 * done // total
    bar = "█" * full + "·" * (30 - full)
    print(f"\r{stage:9} {bar} {100 * done // total:3}%", end="\n" if done >= total else "", file=sys.stderr, flush=True)
