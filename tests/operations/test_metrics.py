"""What Prometheus is told: the store's truth, with Redis and without; named in the docs, asked for by the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from domain.operations import measures
from domain.operations.alarms.rules import RULES
from domain.operations.exported import COUNTERS, GAUGES, HISTOGRAMS, UP, exported
from domain.work import rounds
from integrations.queue.wake import enqueue
from kit import measure
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from kit.measure import What
from models.base import configure
from models.work import Mail
from tests import factory
from tests.pages.operations.conftest import server  # noqa: F401 - a fixture
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[2]
WEB = {"settle_web_requests_total", "settle_web_request_seconds"}


@pytest.fixture(autouse=True)
def _nothing_before() -> None:
    measure.take()


def told(server: Flask) -> dict[str, dict[tuple[str, ...], float]]:  # noqa: F811
    answer = server.test_client().get("/metrics")
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def letter(due: timedelta) -> Mail:
    return Mail.create(
        template="sign_in_code", to_address="ada@example.com", dedup_key=str(uuid7()),
        due_at=utc_now() - due, created_at=utc_now(),
    )  # fmt: skip


def test_the_stores_truth_is_told_without_redis(server: Flask, clock: Stopped) -> None:  # noqa: F811
    merchant = factory.merchant("harbor")
    account = str(factory.gateway_account(merchant).id)
    letter(timedelta(minutes=5))
    letter(timedelta(minutes=2))
    rounds.note(utc_now() - timedelta(seconds=7))
    measure.took(What.RAN, "mail", 0.02)
    measure.took(What.RAN, "mail", 5)
    measure.took(What.FAILED, "mail", 0.02)
    measure.took(What.GATEWAY, account, 9)
    measure.count(What.GATEWAY_SILENT, account)
    measures.flush()
    found = told(server)
    assert found["settle_up"] == {("store",): 1, ("redis",): 0}
    assert (found["settle_due_rows"]["mail",], found["settle_due_oldest_seconds"]["mail",]) == (2, 300)
    assert found["settle_clock_age_seconds"] == {(): 7}
    assert found["settle_job_seconds_count"] == {("mail", "done"): 2, ("mail", "failed"): 1}
    assert found["settle_job_seconds_sum"]["mail", "done"] == 5.02
    within = found["settle_job_seconds_bucket"]
    assert [within["mail", le, "done"] for le in ("0.01", "0.025", "2.5", "5.0", "+Inf")] == [0, 1, 1, 2, 2]
    assert found["settle_gateway_troubles_total"] == {(account, "silent"): 1}
    assert found["settle_gateway_account_info"] == {(account, "harbor"): 1}
    assert set(found["settle_alarms_open"]) == {(rule,) for rule in RULES}
    assert "settle_queue_waiting" not in found
    assert "ada@example.com" not in server.test_client().get("/metrics").text


def test_the_queue_is_told_while_it_answers(queue: Redis, server: Flask) -> None:  # noqa: F811
    enqueue("mail", uuid7())
    found = told(server)
    assert found["settle_up"]["redis",] == 1
    assert (found["settle_queue_waiting"]["mail",], found["settle_workers"]["mail",]) == (1, 0)
    assert found["settle_redis_evicted_keys"] == {(): 0}


def test_a_store_that_is_away_is_told(server: Flask, tmp_path: Path) -> None:  # noqa: F811
    configure(f"sqlite:///{tmp_path / 'none' / 'none.db'}")
    found = told(server)
    assert found["settle_up"]["store",] == 0
    assert "settle_due_rows" not in found


def test_every_figure_can_be_read_from_either_store(store: str) -> None:
    rounds.note(utc_now())
    assert {told.name for told in exported(utc_now()).gauges} == {UP[0], *(gauge.name for gauge in GAUGES)}


def test_the_docs_name_what_is_told_and_the_rules_ask_for_nothing_else() -> None:
    families = {UP[0]: UP[2], **{one.name: one.labels for one in (*GAUGES, *COUNTERS, *HISTOGRAMS)}}
    rows = re.findall(r"^\| `(settle_\w+)` \|([^|]*)\|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    documented = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert {name: labels for name, labels in documented.items() if name not in WEB} == families
    assert documented.keys() >= WEB
    parts = {f"{one.name}{part}" for one in HISTOGRAMS for part in ("_bucket", "_count", "_sum")}
    named = list(_named(ROOT / "deploy/prometheus/alerts.yml"))
    assert len(named) > 20
    assert set(named) <= families.keys() | parts
    sections = set(re.findall(r"runbook\.md#(\w+)", (ROOT / "deploy/prometheus/alerts.yml").read_text()))
    assert sections <= RULES.keys()


def _named(path: Path) -> Iterator[str]:
    """The figures that the rules ask for. (A parser of YAML is none of our requirements.)"""
    text = path.read_text()
    rules = re.split(r"^      - alert: (\w+)$", text, flags=re.MULTILINE)[1:]
    for name, rule in zip(rules[::2], rules[1::2], strict=True):
        found = re.search(
            r"expr: >-\n((?: {10}.*\n)+) {8}for: \d+[mh]\n {8}labels:\n {10}severity: (page|warn)\n", rule
        )
        assert found, name
        assert found[1].count("(") == found[1].count(")"), name
        yield from re.findall(r"\bsettle_\w+", found[1])
