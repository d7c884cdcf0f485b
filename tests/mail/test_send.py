"""The outbox against a real relay: once, late, refused, killed in between."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest

from domain.accounts import links
from domain.mail import letters as write
from domain.mail import send as sending
from domain.mail.catalogue import Template
from domain.mail.outbox import queue_mail
from domain.mail.reach import is_unreachable
from kit import config
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import LinkPurpose, LinkToken
from models.work import Mail, MailState, UnreachableAddress
from sandbox.inbox.catcher import Manner, listen
from tests.accounts import people
from tests.mail.conftest import free_port


@pytest.fixture
def shop(store, clock):
    return people.merchant()


def _invite(shop, email="ann@example.com") -> Mail:
    customer = people.customer(shop, email)
    with unit_of_work():
        write.invite(customer)
    return Mail.get(Mail.to_address == email)


def _reset(shop, email="ann@example.com") -> Mail:
    account = people.account(shop, email)
    with unit_of_work():
        write.reset(account)
    return Mail.get(Mail.to_address == email)


def _state(mail: Mail) -> MailState:
    return Mail.get_by_id(mail.id).state


def _token(text: str) -> str:
    found = re.search(r"/(?:confirm|reset|fix)/([\w-]+)", text)
    assert found, text
    return found.group(1)


def test_a_mail_goes_out_once_with_the_headers_that_programs_expect(shop, catcher, letters):
    mail = _invite(shop)
    sending.send(mail.id)
    sending.send(mail.id)
    (caught,) = letters.newest()
    assert caught.to == "ann@example.com"
    assert caught.sender == "Harbor Yoga <no-reply@pay.example.com>"
    assert caught.message_id == f"<{mail.id}@pay.example.com>"
    assert "http://127.0.0.1:8050/p/harbor/create-account" in caught.text and "create-account" in caught.html
    assert _state(mail) == MailState.SENT and Mail.get_by_id(mail.id).sent_at == utc_now()


def test_a_row_holds_neither_text_nor_token(shop, catcher, letters):
    mail = _reset(shop)
    sending.send(mail.id)
    token = _token(letters.newest()[0].text)
    rows = str(list(Mail.select().dicts())) + str(list(LinkToken.select().dicts()))
    assert token not in rows
    assert links.find(token, LinkPurpose.RESET, utc_now()) is not None


def test_the_outbox_keeps_one_mail_per_key_and_only_with_its_fact(shop):
    facts = {"merchant": shop.id, "to_address": "a@example.com", "to_name": "", "facts": {}}
    for _n in range(2):
        with unit_of_work():
            queue_mail(Template.INVITE, dedup_key="k", **facts)
    with pytest.raises(ZeroDivisionError), unit_of_work():
        queue_mail(Template.INVITE, dedup_key="lost", **facts)
        raise ZeroDivisionError
    with pytest.raises(RuntimeError):
        queue_mail(Template.INVITE, dedup_key="outside", **facts)
    assert [row.dedup_key for row in Mail.select()] == ["k"]


def test_a_relay_that_is_down_is_caught_up_with(shop, catcher, letters, settings, clock):
    port = free_port()
    config.use(dataclasses.replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"))
    mail = _reset(shop)
    for _n in range(3):
        sending.send(mail.id)
        clock.advance(timedelta(minutes=10))
    row = Mail.get_by_id(mail.id)
    assert (row.state, row.tries) == (MailState.DUE, 3) and "relay" in row.result
    controller = listen(catcher, port)
    try:
        assert sending.due(utc_now(), 10) == [mail.id]
        sending.send(mail.id)
    finally:
        controller.stop(no_assert=True)
    assert _state(mail) == MailState.SENT
    token = _token(letters.newest()[0].text)
    clock.advance(timedelta(minutes=29))
    assert links.find(token, LinkPurpose.RESET, utc_now()), "a link's time starts when its mail leaves"
    clock.advance(timedelta(minutes=2))
    assert links.find(token, LinkPurpose.RESET, utc_now()) is None


def test_a_busy_mailbox_is_tried_later_with_growing_pauses(shop, catcher, letters, clock):
    mail, catcher.manner = _invite(shop), Manner.LATER
    sending.send(mail.id)
    row = Mail.get_by_id(mail.id)
    assert row.state == MailState.DUE and row.due_at == clock.at + timedelta(seconds=30) and "450" in row.result
    sending.send(mail.id)
    assert Mail.get_by_id(mail.id).tries == 1, "not before its time"
    catcher.manner = Manner.OK
    clock.advance(timedelta(seconds=30))
    sending.send(mail.id)
    assert _state(mail) == MailState.SENT and len(letters.newest()) == 1
    pauses = [sending.pause_after(n) for n in range(1, 15)]
    assert pauses == sorted(pauses) and pauses[-1] == timedelta(hours=1)


def test_it_is_given_up_after_five_days(shop, catcher, clock):
    mail, catcher.manner = _invite(shop), Manner.LATER
    clock.advance(timedelta(days=5, seconds=1))
    sending.send(mail.id)
    assert _state(mail) == MailState.FAILED and not UnreachableAddress.select().exists()


def test_a_refused_mailbox_is_marked_and_gets_security_mails_only(shop, catcher, letters, clock):
    first, catcher.manner = _invite(shop), Manner.REFUSE
    sending.send(first.id)
    assert _state(first) == MailState.FAILED and is_unreachable("ann@example.com")
    assert "ann" not in str(list(UnreachableAddress.select().dicts()))
    catcher.manner = Manner.OK
    clock.advance(timedelta(days=1))
    customer = people.customer(shop, "ann@example.com")
    with unit_of_work():
        write.invite(customer)
    second = Mail.get(Mail.id != first.id)
    sending.send(second.id)
    assert _state(second) == MailState.SUPPRESSED and not letters.newest()
    account = people.account(shop, "ann@example.com", customers=0)
    with unit_of_work():
        write.reset(account)
    third = Mail.get(Mail.template == Template.RESET)
    sending.send(third.id)
    assert _state(third) == MailState.SENT
    assert not is_unreachable("ann@example.com"), "an accepted mail heals the mark"


def test_killed_between_sending_and_marking_the_repeat_is_the_same_mail(shop, catcher, letters, clock, monkeypatch):
    mail = _reset(shop)

    class Killed(BaseException):
        pass

    def die(*_args):
        raise Killed

    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(sending, "_close", die)
        sending.send(mail.id)
    sending.send(mail.id)
    assert len(letters.newest()) == 1, "its lease still stands"
    clock.advance(timedelta(minutes=3))
    sending.send(mail.id)
    second, first = letters.newest()
    assert (first.message_id, first.text, first.html) == (second.message_id, second.text, second.html)
    assert _state(mail) == MailState.SENT


def test_a_relay_that_hangs_is_let_go_and_the_mail_kept(shop, catcher, monkeypatch):
    monkeypatch.setattr("integrations.mail.smtp._TIMEOUT", 0.3)
    mail, catcher.manner = _invite(shop), Manner.HANG
    sending.send(mail.id)
    assert _state(mail) == MailState.DUE and not UnreachableAddress.select().exists()


def test_what_is_not_needed_any_more_is_not_sent(shop, catcher, letters, clock):
    account = people.account(shop, "ann@example.com")
    for _n in range(2):
        with unit_of_work():
            write.reset(account)
    older, newer = Mail.select().order_by(Mail.id)
    sending.send(newer.id)
    sending.send(older.id)
    assert (_state(newer), _state(older)) == (MailState.SENT, MailState.SUPPRESSED), "the newest link stays the newest"
    with unit_of_work():
        write.reset(account)
    last = Mail.select().order_by(Mail.id.desc()).get()
    type(account).update(password_version=5).execute()
    sending.send(last.id)
    assert _state(last) == MailState.SUPPRESSED and len(letters.newest()) == 1


def test_a_merchant_s_name_cannot_write_headers_or_html(shop, catcher, letters):
    type(shop).update(name="Evil\r\nBcc: x@example.com <b>&").execute()
    mail = _invite(shop)
    sending.send(mail.id)
    (caught,) = letters.newest()
    assert caught.to == "ann@example.com" and "Bcc: x@example.com" in caught.sender
    assert "<b>&" not in caught.html and "&lt;b&gt;&amp;" in caught.html


def test_the_merchant_s_look_and_the_test_mark(shop, catcher, letters, settings):
    type(shop).update(brand="#7a1f5c").execute()
    mail = _invite(shop)
    sending.send(mail.id)
    assert "#7a1f5c" in letters.newest()[0].html and "TEST" not in letters.newest()[0].html
    config.use(dataclasses.replace(config.settings(), mode="demo"))
    second = _invite(shop, "bob@example.com")
    sending.send(second.id)
    caught = letters.newest()[0]
    assert "TEST: no real money moves" in caught.html and "TEST: no real money moves" in caught.text
    assert "prefers-color-scheme" in caught.html, "the dark theme survives the inlining"
