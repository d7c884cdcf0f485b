"""A mail from the outbox to the relay, through a real queue: twice is once, and a wiped queue costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from domain.mail import letters as write
from integrations.queue.connection import patient
from integrations.queue.wake import enqueue
from kit import config
from kit.clock import Stopped
from models.base import db, unit_of_work
from models.work import Mail, MailState
from sandbox.inbox.catcher import Catcher, listen
from sandbox.inbox.letters import Letters
from tests.accounts import people
from tests.postgres import free_port
from workers.clock import Clock
from workers.worker import make_worker

pytestmark = pytest.mark.usefixtures("kept_signals")


@pytest.fixture
def caught(queue: Redis, tmp_path: Path) -> Iterator[Callable[[], int]]:
    """How many mails the relay has taken."""
    letters, port = Letters(tmp_path / "inbox.sqlite"), free_port()
    controller = listen(Catcher(letters), port)
    config.use(replace(config.settings(), smtp_url=f"smtp://127.0.0.1:{port}", mail_from="no-reply@pay.example.com"))
    yield lambda: len(letters.newest())
    controller.stop(no_assert=True)
    letters.close()


def invite() -> Mail:
    customer = people.customer(people.merchant(), "ann@example.com")
    with unit_of_work():
        write.invite(customer)
    return Mail.get()


def work() -> None:
    make_worker("mail", patient()).work(burst=True, logging_level="WARNING")
    db.connect(reuse_if_open=True)


def test_a_mail_job_that_runs_twice_sends_once(
    queue: Redis, store: str, clock: Stopped, caught: Callable[[], int]
) -> None:
    mail = invite()
    assert queue.llen("rq:queue:mail") == 1, "the commit gave the hint"
    work()
    assert caught() == 1
    assert Mail.get_by_id(mail.id).state == MailState.SENT
    assert enqueue("mail", mail.id)
    work()
    assert caught() == 1


def test_a_mail_whose_hint_was_wiped_goes_out_all_the_same(
    queue: Redis, sqlite_store: str, clock: Stopped, caught: Callable[[], int]
) -> None:
    invite()
    queue.flushall()
    work()
    assert caught() == 0
    Clock().round()
    work()
    assert caught() == 1
