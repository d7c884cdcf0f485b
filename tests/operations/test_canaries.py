"""What is personal or secret is planted through the doors and jobs, and looked for where it must not be: in whatever is
logged, in the whole of Redis, and in what is kept of runs."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from domain.mail import letters as write
from domain.operations import runs
from domain.work.drain import drain
from domain.work.perform import perform
from domain.work.wake import Work
from integrations.queue.connection import patient
from integrations.queue.wake import enqueue
from kit import config
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import db, unit_of_work
from models.merchants import GatewayAccount, Merchant
from models.operations import JobRun
from models.work import Mail, WebhookEvent
from sandbox.inbox.catcher import listen
from sandbox.webhooks import sign
from tests import factory
from tests.pages.customer.conftest import house, server  # noqa: F401 - fixtures
from tests.postgres import free_port
from tests.workers.conftest import kept_signals, queue, valkey_socket  # noqa: F401 - fixtures
from workers.worker import make_worker

pytestmark = pytest.mark.usefixtures("kept_signals")

NAME = "Quirin Zeisig"
EMAIL = "quirin.zeisig@canary.example"
CARD = "4000 0566 5566 5556"
BEARER = "Bearer c4n4ryT0ken0fNobody"
PASSWORD = "canary-passw0rd-of-nobody"
WRONG = "canary-wr0ng-passw0rd"
PHONE = "+1 555 010 7788"
QUOTED = f"{NAME} <{EMAIL}> with {CARD}, {PHONE}, {BEARER}, {PASSWORD}"
CANARIES = (
    "quirin",
    "zeisig",
    "canary.example",
    CARD,
    CARD.replace(" ", ""),
    "c4n4ryT0ken",
    PASSWORD,
    WRONG,
    "010 7788",
)


class Refusing:
    """A relay that quotes whom it does not know."""

    async def handle_RCPT(self, *_rest: Any) -> str:
        return f"550 No such person here: {QUOTED}"


@pytest.fixture
def relay(queue: Redis) -> Iterator[None]:  # noqa: F811
    port = free_port()
    controller = listen(Refusing(), port)  # type: ignore[arg-type]
    config.use(replace(config.settings(), smtp_url=f"smtp://127.0.0.1:{port}", mail_from="no-reply@pay.example.com"))
    yield
    controller.stop(no_assert=True)


def work() -> None:
    for name in ("charges", "mail", "webhooks", "upkeep"):
        make_worker(name, patient()).work(burst=True, logging_level="WARNING")
    db.connect(reuse_if_open=True)


def _values(redis: Redis, key: bytes) -> list[Any]:
    match redis.type(key).decode():
        case "string":
            return [redis.get(key)]
        case "hash":
            return [part for pair in redis.hgetall(key).items() for part in pair]
        case "list":
            return list(redis.lrange(key, 0, -1))
        case "set":
            return list(redis.smembers(key))
        case "zset":
            return list(redis.zrange(key, 0, -1))
        case "stream":
            return [part for _id, row in redis.xrange(key) for pair in row.items() for part in pair]
        case other:
            raise AssertionError(f"a kind that nobody looks into: {other}")


def everything_in(redis: Redis) -> Iterator[tuple[str, bytes]]:
    """Every key with every value, as it is and unpacked: RQ packs some."""
    for key in redis.scan_iter():
        name = key.decode()
        yield name, key
        for value in _values(redis, key):
            yield name, value
            for packed in (value, _unbased(value)):
                try:
                    yield name, zlib.decompress(packed)
                except zlib.error:
                    pass


def _unbased(value: bytes) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""


def found_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


def broken(*_ids: object) -> None:
    try:
        raise KeyError(QUOTED)
    except KeyError as problem:
        raise ValueError(f"cannot go on for {QUOTED}") from problem


def _sign_in_and_out(client: FlaskClient, slug: str, link: str) -> None:
    for password in (WRONG, PASSWORD):
        client.post(f"/p/{slug}/sign-in", data={"email": EMAIL, "password": password})
    client.post(f"/p/{slug}/forgot", data={"email": EMAIL})
    client.get(f"/p/{slug}/fix/{link}?name={NAME}", headers={"Authorization": BEARER, "X-Request-ID": CARD})
    client.get(f"/p/{slug}/nothing-here/{EMAIL}?token={link}")


def _webhooks(client: FlaskClient, house: Merchant) -> None:  # noqa: F811
    account = GatewayAccount.get(GatewayAccount.merchant == house.id)
    thing = {"id": "pi_1", "object": "payment_intent", "metadata": {"settle_attempt": str(uuid7())},
             "receipt_email": EMAIL, "description": QUOTED, "shipping": {"name": NAME}}  # fmt: skip
    at = int(utc_now().timestamp())
    event = {
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "created": at,
        "livemode": False,
        "data": {"object": thing},
    }
    body = json.dumps(event)
    good = {"Stripe-Signature": sign(body, "whsec_test", at)}
    for headers in (good, {"Stripe-Signature": f"t={at},v1={QUOTED.encode().hex()}"}):
        client.post(f"/webhooks/{account.path_token}", data=body, headers=headers)


def test_nothing_personal_is_logged_or_stands_in_redis_or_in_what_is_kept_of_runs(
    server: Flask,  # noqa: F811
    house: Merchant,  # noqa: F811
    queue: Redis,  # noqa: F811
    relay: None,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs._runs.clear()
    monkeypatch.setitem(server.config, "WTF_CSRF_ENABLED", False)
    client = server.test_client()
    customer = factory.customer(house, name=NAME, email=EMAIL)
    factory.account(customer, password=PASSWORD)
    card = factory.method(customer, "pm_card_chargeDeclined")
    factory.automatic(customer, card, factory.consented(customer, card))
    order = factory.order(customer)
    with unit_of_work():
        link = factory.fix_it_link(order.id)
        write.invite(customer)

    _sign_in_and_out(client, house.slug, link)
    _webhooks(client, house)
    work()
    drain()
    assert Mail.select().where(Mail.result.startswith("relay: 550")).count() >= 1, "the relay quoted it to us"
    assert WebhookEvent.select().count() == 1

    monkeypatch.setattr("domain.work.perform._use_case", lambda _kind: broken)
    jobs = [(kind, uuid7()) for kind in (Work.MAIL, Work.ATTEMPT, Work.TICK)]
    for kind, row in jobs:
        assert enqueue(kind.value, row)
    work()
    drain()
    with pytest.raises(ValueError, match="cannot go on"):
        perform(Work.REFUND, uuid7())
    monkeypatch.setattr("dashboard.views.sign_in.sign_in", lambda **_given: broken())
    assert client.post(f"/p/{house.slug}/sign-in", data={"email": EMAIL, "password": PASSWORD}).status_code == 500
    runs.flush()

    logged = capfd.readouterr()
    logged_lines = (logged.err + logged.out + caplog.text).splitlines()
    assert any('"job.failed"' in line for line in logged_lines)
    assert any('"web.failed"' in line and "cannot go on for" in line for line in logged_lines)
    assert any('"web.answered"' in line for line in logged_lines)
    assert [line for line in logged_lines if found_in(line) or link in line] == []

    in_redis = list(everything_in(queue))
    assert any(b"cannot go on for" in value for _key, value in in_redis), "what failed is in Redis, redacted"
    assert [key for key, value in in_redis if found_in(value.decode(errors="replace")) or link.encode() in value] == []

    kept = [json.dumps(row, default=str) for row in JobRun.select().dicts()]
    assert sum("cannot go on for" in row for row in kept) >= 4
    assert [row for row in kept if found_in(row) or link in row] == []
    assert any(UUID(row["row_id"]) == jobs[0][1] for row in map(json.loads, kept))
