"""The alarm webhook: signed, sent once when all goes well, tried again with growing pauses, given up after a day."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from domain.mail import send as sending
from domain.operations.alarms import limits
from domain.operations.alarms.judge import judge
from domain.work.drain import drain
from domain.work.perform import perform
from domain.work.wake import Work
from integrations.mail.smtp import MailUnreachable
from kit import config
from kit.errors import ConfigError
from kit.ids import uuid7
from models.operations import AlarmCall
from models.work import Mail, MailState
from tests.operations import broken

SECRET = "a secret of sixteen"


@dataclass
class Receiver:
    """What is called, and what it answers."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(made.status)
            self.send_header("Location", made.url)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/alarms?of=settle"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def house(sqlite_store, clock, monkeypatch, settings, receiver) -> Iterator[broken.House]:
    config.use(replace(settings, alarm_webhook_url=receiver.url, alarm_webhook_secret=SECRET))
    made = broken.house(clock.at)
    limits.set_limit(rule="disk_low", subject="", value=0, reason="a test", staff=made.operator.id, handle=uuid7())
    with broken.seen_by(monkeypatch, made):
        yield made


def _call() -> AlarmCall:
    found: AlarmCall = AlarmCall.get()
    return found


def test_it_is_signed_holds_nobodys_data_and_is_sent_once(house, clock, receiver):
    broken.BREAKS["retries_late"](house)
    judge(clock.at)
    assert AlarmCall.select().count() == 0, "what is done by the second look wakes nobody"
    clock.advance(timedelta(seconds=15))
    judge(clock.at)
    for _twice in range(2):
        perform(Work.ALARM, _call().id)
    ((headers, body),) = receiver.got
    stamp, mac = (part.partition("=")[2] for part in headers["Settle-Signature"].split(","))
    assert int(stamp) == int(clock.at.timestamp())
    assert mac == hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert (told["what"], told["rule"], told["customers"], told["merchant"]) == ("opened", "retries_late", 1, "harbor")
    assert (told["value"], told["limit"], told["unit"]) == (7215, 3600, "seconds")
    assert told["runbook"].endswith("/operations/runbook#retries_late")
    assert headers["Settle-Call-Id"] == told["id"] == str(_call().id)
    for secret in (house.customer.name, house.customer.email, SECRET, house.operator.email):
        assert secret not in body.decode()
    assert (_call().due_at, _call().result, _call().sent_at) == (None, "answered 204", clock.at)


@pytest.mark.parametrize(("status", "said"), [(500, "answered 500"), (302, "answered 302")])
def test_what_is_not_taken_is_tried_again_for_a_day(house, clock, receiver, status, said):
    receiver.status = status
    broken.BREAKS["review"](house)
    judge(clock.at)
    pauses = []
    while (call := _call()).due_at is not None:
        clock.at = max(call.due_at, clock.at)
        perform(Work.ALARM, call.id)
        pauses.append((_call().due_at or clock.at) - clock.at)
    assert pauses[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert max(pauses) == timedelta(hours=1) and clock.at - call.made_at > timedelta(days=1)
    assert (_call().result, _call().sent_at) == (f"given up: {said}", None)
    assert len({headers["Settle-Call-Id"] for headers, _body in receiver.got}) == 1, "a repeat is the same message"


def test_mail_and_webhook_do_not_wait_for_each_other_and_the_clock_sends_both_without_redis(
    house, clock, receiver, monkeypatch
):
    def refuse(*_message: Any, **_where: Any) -> None:
        raise MailUnreachable("away")

    monkeypatch.setattr(sending, "deliver", refuse)
    broken.BREAKS["review"](house)
    judge(clock.at)
    drain(limit=10)
    assert Mail.get().result == "relay: away"
    assert len(receiver.got) == 1, "SMTP refused: the webhook is called all the same"
    receiver.status = 500
    monkeypatch.setattr(sending, "deliver", lambda *_a, **_k: None)
    clock.advance(timedelta(days=1))
    judge(clock.at)
    drain(limit=10)
    assert Mail.select().where(Mail.state == MailState.SENT).count() == 2
    assert AlarmCall.select().where(AlarmCall.due_at.is_null(False)).count() >= 1


def test_without_an_address_nothing_is_called(house, clock, settings):
    config.use(settings)
    broken.BREAKS["review"](house)
    judge(clock.at)
    assert AlarmCall.select().count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"ALARM_WEBHOOK_URL": "http://example.com/x", "ALARM_WEBHOOK_SECRET": SECRET},
        {"ALARM_WEBHOOK_URL": "https://example.com/x", "ALARM_WEBHOOK_SECRET": "short"},
        {"ALARM_WEBHOOK_URL": "https://example.com:99999/x", "ALARM_WEBHOOK_SECRET": SECRET},
        {"ALARM_WEBHOOK_URL": "https://user:word@example.com/x", "ALARM_WEBHOOK_SECRET": SECRET},
    ],
)
def test_an_address_that_could_be_overheard_stops_the_start(wrong, tmp_path):
    with pytest.raises(ConfigError, match="ALARM_WEBHOOK") as told:
        config.read({"SETTLE_MODE": "test", "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40, **wrong})
    assert "word@" not in str(told.value), "a password is not told"
