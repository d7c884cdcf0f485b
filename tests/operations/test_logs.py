"""Lines of the log carry the request, the merchant, the job and the attempt that they belong to, and no longer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from integrations.queue.connection import patient
from integrations.queue.wake import enqueue
from kit import config
from kit.ids import uuid7
from kit.log import log
from tests.pages.customer.conftest import Person, house, owner, server  # noqa: F401 - fixtures
from tests.payments.conftest import Shop, shop  # noqa: F401 - fixtures
from tests.workers.conftest import kept_signals, queue, valkey_socket  # noqa: F401 - fixtures
from workers import jobs
from workers.worker import make_worker

ROOT = Path(__file__).parents[2]
TOKEN = "f00dfacef00dfacef00dface"


def lines(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in every if line["event"] == event]


def test_a_request_has_an_id_the_proxys_if_there_is_one(
    owner: Person,  # noqa: F811
    server: Flask,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {"X-Request-ID": TOKEN}
    answer = owner.client.get(f"/p/harbor/receipts/{uuid7()}?token=secret", headers=given)
    (line,) = lines(capsys, "web.answered")
    assert answer.headers["X-Request-ID"] == line["request"] != TOKEN, "a browser's own is not believed"
    assert (line["merchant"], line["status"], line["method"]) == (str(owner.customer.merchant_id), 404, "GET")
    assert "secret" not in str(line)

    config.use(replace(config.settings(), proxy_hops=1))
    assert server.test_client().get("/p/harbor/sign-in", headers=given).headers["X-Request-ID"] == TOKEN
    (line,) = lines(capsys, "web.answered")
    assert line["request"] == TOKEN
    assert "merchant" not in line
    odd = server.test_client().get("/healthz", headers={"X-Request-ID": 'a b"c'}).headers["X-Request-ID"]
    assert re.fullmatch(r"\w+", odd)
    log().warning("afterwards")
    (line,) = lines(capsys, "afterwards")
    assert "request" not in line


@pytest.mark.usefixtures("kept_signals")
def test_a_jobs_lines_name_the_job(
    queue: Redis,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = uuid7()
    monkeypatch.setattr(jobs, "perform", lambda *_: log().info("inside"))
    enqueue("mail", row)
    make_worker("mail", patient()).work(burst=True, logging_level="WARNING")
    (line,) = lines(capsys, "inside")
    assert (line["job"], line["kind"], line["row"]) == (f"mail-{row}", "mail", str(row))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_charges_lines_name_attempt_and_merchant(
    shop: Shop,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    card = shop.method()
    shop.sandbox.control(fault={"mode": "http_500", "path": "/v1/payment_intents", "ends": "/confirm"})
    shop.press(card, shop.order())
    (line,) = lines(capsys, "confirm.no_verdict")
    assert line["merchant"] == str(shop.customer.merchant_id)
    assert line["attempt"]


def test_the_docs_name_events_that_exist() -> None:
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", (ROOT / "docs/logs.md").read_text()))
    sources = [
        path for folder in ("dashboard", "domain", "workers", "integrations") for path in (ROOT / folder).rglob("*.py")
    ]
    logged = {name for path in sources for name in re.findall(r'log\(\)\.\w+\(\s*"([\w.]+)"', path.read_text())}
    assert len(named) > 20
    assert named <= logged
