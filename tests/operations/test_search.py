"""Operators find jobs: by whom they are about, where they stand and what went wrong; the store before the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.job import JobStatus

from domain.operations import runs
from domain.operations.money import MoneyState
from domain.operations.runs import Place
from domain.operations.search import Offer, find, offers
from domain.operations.search_runs import groups
from domain.operations.search_subject import subject
from domain.operations.search_terms import Filter, Found, State, Wanted
from domain.work.wake import Work
from integrations.queue.connection import breaker
from integrations.queue.wake import enqueue
from kit.clock import utc_now
from kit.ids import uuid7
from models.customers import Customer
from models.payments import Receipt
from models.work import Mail, MailState
from tests import factory
from tests.payments.conftest import Shop, attempt_of
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _no_memory_of_failures() -> Iterator[None]:
    breaker.reset()
    yield
    breaker.reset()


def letter(to: Customer, *, due: timedelta = timedelta(0), **values: Any) -> Mail:
    """A letter that is due."""
    now = utc_now()
    return Mail.create(
        merchant=to.merchant, template="receipt", to_address=to.email or "a@example.com", customer_id=str(to.id),
        dedup_key=str(uuid7()), due_at=now + due, created_at=now, **values,
    )  # fmt: skip


def ran(kind: Work, row: Any, problem: Exception | None = None) -> None:
    """A run of that row, that ended well or raised."""
    try:
        with runs.at(Place(by="job", worker="mail@host#7", wait=1.5)), runs.noted(kind, row):
            if problem is not None:
                raise problem
    except type(problem or ValueError()):
        pass
    runs.flush()


def named(**typed: Any) -> Found:
    """What is found by what somebody typed."""
    return find(Filter(subject=subject(**typed)), now=utc_now())


def states(found: Found) -> dict[str, State]:
    """The state of each job that was found."""
    return {line.name: line.state for line in found.lines}


def test_one_customer_is_found_by_whatever_one_knows_of_them(shop: Shop) -> None:
    shop.customer.name, shop.customer.email = "Jordan Reyes", "jordan@example.com"
    factory_made = factory.customer(factory.merchant(), name="Jordan Reyes", email="other@example.com")
    Customer.update(name="Jordan Reyes", email="jordan@example.com", folded=" jordan reyes jordan@example.com").where(
        Customer.id == shop.customer.id
    ).execute()
    order = shop.order()
    payment = shop.press(shop.method(), order)
    attempt = attempt_of(payment)
    ran(Work.ATTEMPT, attempt.id)
    late, theirs = letter(shop.customer, due=-timedelta(minutes=5)), letter(factory_made)
    Mail.update(state=MailState.SENT).where(~Mail.id.in_([late.id, theirs.id])).execute()
    mine = {f"mail-{late.id}": State.DUE, f"attempt-{attempt.id}": State.DONE}
    for customer in ("jordan@example.com", str(shop.customer.id), "REYES, jordan".replace(",", "")):
        found = states(named(customer=customer))
        assert mine.items() <= found.items(), customer
        assert (f"mail-{theirs.id}" in found) == ("REYES" in customer), customer
    assert states(named(customer="jordan", merchant=shop.customer.merchant_id)) == mine
    paid = {f"attempt-{attempt.id}": State.DONE}
    number = Receipt.get(Receipt.payment == payment).number
    assert states(named(order=order.number.lower(), merchant=shop.customer.merchant_id)) == paid
    for text in (number, str(payment), attempt.gateway_ref):
        assert states(named(payment=text)) == paid, text
    for text in (str(attempt.id), f"attempt-{attempt.id}", attempt.charge_ref, str(payment)):
        assert states(named(id=text)) == paid, text
    for nobody in ({"customer": "nobody"}, {"order": "HY-0"}, {"payment": "R-00000000"}, {"id": "what"}):
        assert not named(**nobody).lines, nobody
    assert find(Filter(merchant=factory_made.merchant_id), now=utc_now()).lines[0].name == f"mail-{theirs.id}"


def test_where_a_job_stands_is_told_by_its_row_and_the_name_of_its_hint(
    sqlite_store: str, clock: Any, queue: Redis  # noqa: F811
) -> None:  # fmt: skip
    customer = factory.customer(factory.merchant())
    bare, hinted, running, later = (letter(customer, due=timedelta(seconds=n)) for n in (-9, -8, -7, 600))
    for row in (hinted, running):
        assert enqueue("mail", row.id)
    place = Queue("mail", connection=queue, serializer="json")
    job = place.fetch_job(f"mail-{running.id}")
    assert job is not None
    job.set_status(JobStatus.STARTED)
    queue.zadd("rq:wip:mail", {f"{job.id}:1": 9e9})
    queue.lrem("rq:queue:mail", 0, job.id)
    name = {row.id: f"mail-{row.id}" for row in (bare, hinted, running, later)}
    expected = {name[bare.id]: State.DUE, name[hinted.id]: State.WAITING, name[running.id]: State.RUNNING}
    assert states(named(customer=str(customer.id))) == expected | {name[later.id]: State.LATER}
    for state in (Wanted.DUE, Wanted.WAITING, Wanted.RUNNING):
        for merchant in (None, customer.merchant_id):
            found = find(Filter(state=state, merchant=merchant), now=utc_now())
            assert [(line.name, line.state) for line in found.lines] == [
                (one, is_) for one, is_ in expected.items() if is_.value == state.value
            ]
    assert not find(Filter(state=Wanted.WAITING, queue="charges"), now=utc_now()).lines
    assert offers(named(id=name[bare.id]).lines, utc_now()) == [Offer.SEND]
    assert offers(named(id=name[hinted.id]).lines, utc_now()) == [None], "it waits already"


def test_what_only_the_queue_knows_of_stands_with_the_failed(
    sqlite_store: str, clock: Any, queue: Redis  # noqa: F811
) -> None:  # fmt: skip
    customer = factory.customer(factory.merchant())
    done = letter(customer, state=MailState.SENT, sent_at=utc_now())
    place = Queue("mail", connection=queue, serializer="json")
    for id_, function in ((f"mail-{done.id}", "workers.jobs.send_mail"), ("forged", "os.system")):
        job = place.enqueue_call(function, args=("echo",), job_id=id_)
        queue.lrem("rq:queue:mail", 0, id_)
        with queue.pipeline() as failing:
            job._handle_failure("Traceback\nworkers.registry.ForgedJob: a@example.com", pipeline=failing)
            failing.execute()
        job.set_status(JobStatus.FAILED)
    found = find(Filter(state=Wanted.FAILED), now=utc_now())
    assert {line.name: (line.hint, line.about is None) for line in found.lines} == {
        f"mail-{done.id}": ("failed", False), "forged": ("failed", True)
    }  # fmt: skip
    assert {line.error for line in found.lines} == {"ForgedJob"}
    queue.flushall()
    breaker.failed()
    assert not find(Filter(state=Wanted.FAILED), now=utc_now()).reachable


def test_errors_are_grouped_by_their_place_and_offer_what_their_money_allows(shop: Shop) -> None:
    shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 9})
    attempt = attempt_of(shop.press(shop.method(), shop.order()))
    shop.sandbox.control(clear=True)
    other = factory.customer(factory.merchant())
    letters = [letter(who) for who in (shop.customer, other)]
    ran(Work.ATTEMPT, attempt.id, TimeoutError("read time-out after 20 s"))
    for each in letters:
        ran(Work.MAIL, each.id, ValueError("450 mailbox busy"))
    ran(Work.MAIL, letters[1].id)
    told = groups(Filter(), utc_now())
    assert [(one.error, one.count, one.customers, one.merchants, one.open, one.kinds) for one in told] == [
        ("ValueError", 2, 2, 2, 1, (Work.MAIL,)), ("TimeoutError", 1, 1, 1, 1, (Work.ATTEMPT,))
    ]  # fmt: skip
    assert [one.count for one in groups(Filter(merchant=other.merchant_id), utc_now())] == [1]
    group = find(Filter(group=told[0].key), now=utc_now())
    assert {line.name: line.state for line in group.lines} == {
        f"mail-{letters[0].id}": State.FAILED, f"mail-{letters[1].id}": State.DONE_LATER
    }  # fmt: skip
    failed = find(Filter(state=Wanted.FAILED, kind=Work.ATTEMPT), now=utc_now())
    assert [(line.about and line.about.money) for line in failed.lines] == [MoneyState.MAY_HAVE_MOVED]
    assert offers(failed.lines, utc_now()) == [Offer.RECONCILE], "never a replay"
    tomorrow = utc_now() + timedelta(days=1)
    assert not find(Filter(state=Wanted.FAILED, since=tomorrow), now=utc_now()).lines
    assert len(find(Filter(state=Wanted.FAILED, until=tomorrow), now=utc_now()).lines) == 2


def test_a_page_holds_fifty_and_the_last_one_ends(sqlite_store: str, clock: Any) -> None:
    customer = factory.customer(factory.merchant())
    for n in range(53):
        letter(customer, due=-timedelta(seconds=n))
    asked = Filter(state=Wanted.DUE, kind=Work.MAIL)
    pages = [find(asked, now=utc_now(), page=n) for n in (1, 2, 3)]
    assert [(len(one.lines), one.more) for one in pages] == [(50, True), (3, False), (0, False)]
    assert len({line.name for one in pages for line in one.lines}) == 53
    assert pages[0].lines[0].at == min(line.at for one in pages for line in one.lines if line.at), "the oldest first"


def test_who_was_made_one_with_another_is_found_by_either(sqlite_store: str, clock: Any) -> None:
    house = factory.merchant()
    stays, went = factory.customer(house, name="Alex Morgan"), factory.customer(house, name="Al Morgan")
    Customer.update(merged_into=stays.id).where(Customer.id == went.id).execute()
    for name in (str(stays.id), str(went.id), stays.email, "Alex Morgan"):
        assert subject(customer=name).customers == frozenset({stays.id, went.id})
