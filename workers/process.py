"""What every process of ours does first: settings, log, store, clock."""

from __future__ import annotations

from domain.demo import clock as demo_clock
from kit import log
from kit.config import Settings, settings
from models.base import configure


def set_up() -> Settings:
    """Makes this process ready to do work; returns its settings. Raises ConfigError."""
    chosen = settings()
    log.configure()
    configure(chosen.database_url)
    if chosen.demo:
        demo_clock.install()
    return chosen
