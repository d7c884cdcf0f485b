"""Who is told of a difference: the person at the command line, and the operator. And what the door never takes."""

from __future__ import annotations

import json

import pytest
from flask import Flask

import manage
from domain.operations.overview import overview
from kit.clock import utc_now
from models.work import WebhookEvent
from sandbox.webhooks import sign
from tests import factory
from tests.pages.console import drawn, signed_in
from tests.pages.operations.conftest import server  # noqa: F401 - a fixture
from tests.reconciliation.conftest import Books


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    capsys.readouterr()
    code = manage.main(["reconcile", *arguments])
    captured = capsys.readouterr()
    return code, captured.out or captured.err


def test_the_command_says_what_it_saw(books_here: Books, capsys: pytest.CaptureFixture[str]) -> None:
    attempt = books_here.paid()
    books_here.at_gateway(install="another")
    assert told(capsys) == (
        0,
        "harbor: 1 payments, 0 refunds, 0 disputes since 2026-11-20; 1 objects not of ours.\nNo differences.\n",
    )
    books_here.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    code, words = told(capsys, "--since", "2026-11-01", "--merchant", "harbor")
    assert code == 0 and "since 2026-11-01" in words and "put right: refund not booked re_" in words


def test_the_command_lists_what_differs_in_words(books_here: Books, capsys: pytest.CaptureFixture[str]) -> None:
    intent = books_here.at_gateway(confirm=True)
    for _run in range(2):
        code, words = told(capsys)
        assert code == 1 and words.endswith("1 differences\n")
        assert f"harbor  2026-11-23  money taken at the processor, not in our books  $42.00  {intent.id}" in words


def test_the_command_says_that_the_gateway_is_away(books_here: Books, capsys: pytest.CaptureFixture[str]) -> None:
    books_here.shop.sandbox.control(fault={"mode": "down"})
    code, words = told(capsys)
    assert code == 2 and "harbor: not compared, the gateway does not answer. Nothing was changed." in words
    assert told(capsys, "--merchant", "nobody") == (
        2,
        "There is no merchant “nobody” with a processor account in use.\n",
    )


def test_the_operator_sees_it_and_no_longer_when_it_is_settled(books_here: Books, server: Flask) -> None:  # noqa: F811
    intent = books_here.at_gateway(confirm=True)
    assert not any("differ" in line.sentence for line in overview(utc_now()).verdict)
    books_here.compare()
    sentences = [line.sentence for line in overview(utc_now()).verdict]
    assert "Ours: the books and the processor differ in 1 place" in sentences
    client = signed_in(server, factory.staff(operator=True))
    shown = json.dumps(drawn(client, "/operations").get_json(), ensure_ascii=False)
    for words in ("money taken at the processor, not in our books", intent.id, "$42.00", "harbor"):
        assert words in shown
    books_here.tamper(books_here.charge_of(intent.id))
    books_here.tamper(intent.id)
    books_here.compare()
    assert not overview(utc_now()).differences


def test_a_webhook_that_is_too_large_is_refused_before_it_is_read(books_here: Books, server: Flask) -> None:  # noqa: F811
    at = int(utc_now().timestamp())
    event = {"id": "evt_1", "type": "x", "created": at, "livemode": False, "data": {"object": {"object": "x"}}}
    where, client = f"/webhooks/{books_here.account.path_token}", server.test_client()
    for padding, status in ((2 * 1024 * 1024, 413), (1024 * 1024, 200)):
        body = json.dumps({**event, "padding": "x" * padding})
        headers = {"Stripe-Signature": sign(body, "whsec_test", at)}
        assert client.post(where, data=body.encode(), headers=headers).status_code == status
    assert WebhookEvent.select().count() == 1
