"""A real SMTP catcher in this process, and the settings that lead to it."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit import config
from sandbox.inbox.catcher import Catcher, listen
from sandbox.inbox.letters import Letters


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Letters]:
    """What the catcher caught."""
    kept = Letters(tmp_path / "inbox.sqlite")
    yield kept
    kept.close()


@pytest.fixture
def catcher(letters: Letters, settings: config.Settings) -> Iterator[Catcher]:
    """The catcher, listening; SMTP_URL leads to it."""
    port, caught = free_port(), Catcher(letters)
    controller = listen(caught, port)
    config.use(dataclasses.replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="no-reply@pay.example.com"))
    yield caught
    controller.stop(no_assert=True)
