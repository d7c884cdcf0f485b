"""The jobs pages: who may see them, what they say of the money, and the store's truth beside the queue's."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.job import JobStatus

from domain.operations import runs
from domain.operations.runs import Place
from domain.payments.intention import Buyer
from domain.work.wake import Work
from kit.clock import Stopped
from kit.ids import uuid7
from models.merchants import Role
from models.operations import JobRun, RunState
from models.payments import Attempt
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.payments.conftest import Shop, attempt_of
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures

JOBS = "/operations/jobs"


@pytest.fixture
def shop(server: Flask, clock: Stopped, sandbox: InProcess) -> Shop:
    customer = factory.customer(factory.merchant("harbor", name="Harbor Yoga"), name="Jordan Reyes")
    return Shop(clock, sandbox, customer, Buyer(customer.id, factory.account(customer).id))


def unknown(shop: Shop) -> Attempt:
    """An attempt that the processor was asked about, and whose answer did not come."""
    shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 9})
    attempt = attempt_of(shop.press(shop.method(), shop.order()))
    shop.sandbox.control(clear=True)
    return attempt


def failed(kind: Work, row: object, problem: Exception) -> None:
    """A worker's run of that row that raised."""
    with (
        pytest.raises(type(problem)),
        runs.at(Place(by="job", worker="charges@host#7", wait=1.5)),
        runs.noted(kind, row),  # type: ignore[arg-type]
    ):
        raise problem
    runs.flush()


def html(client: object, path: str) -> str:
    """The page's own part."""
    answer = drawn(client, path)  # type: ignore[arg-type]
    assert answer.status_code == 200, path
    return json.dumps(answer.get_json(), ensure_ascii=False).replace('\\"', '"')


def test_a_charge_whose_outcome_is_not_known_is_only_asked_about(server: Flask, shop: Shop) -> None:
    attempt = unknown(shop)
    failed(Work.ATTEMPT, attempt.id, TimeoutError("jordan@example.com: read time-out after 20 s"))
    client, here = signed_in(server, factory.staff(operator=True)), f"{JOBS}/attempt-{attempt.id}"
    for page in (f"{JOBS}?customer=Jordan&state=failed", here):
        shown = html(client, page)
        for words in ("Jordan Reyes", "HY-2001", "$89.00", "may have moved", "Harbor Yoga", f"{here}/reconcile"):
            assert words in shown, (page, words)
        assert not any(act in shown for act in (f"{here}/requeue", f"{here}/discard", "jordan@example.com"))
    assert "/merchant/harbor/" not in shown, "an operator who is not one of the merchant's people gets ids"
    both = signed_in(server, factory.staff(of=shop.customer.merchant, operator=True))
    assert f"/merchant/harbor/payments/{attempt.payment_id}" in html(both, here)


def test_case_81_a_job_that_is_done_stands_as_done_beside_what_the_queue_says(
    server: Flask, shop: Shop, queue: Redis  # noqa: F811
) -> None:  # fmt: skip
    attempt = attempt_of(shop.press(shop.method(), shop.order()))
    name = f"attempt-{attempt.id}"
    place = Queue("charges", connection=queue, serializer="json")
    job = place.fetch_job(name) or place.enqueue_call("workers.jobs.look_at_attempt", (str(attempt.id),), job_id=name)
    job.set_status(JobStatus.FAILED)
    queue.lrem("rq:queue:charges", 0, name)
    with queue.pipeline() as failing:
        job._handle_failure("rq.exceptions.AbandonedJobError", pipeline=failing)
        failing.execute()
    client = signed_in(server, factory.staff(operator=True))
    listed = html(client, f"{JOBS}?state=failed")
    assert all(words in listed for words in ("AbandonedJobError", "done in the store", ">moved<"))
    shown = html(client, f"{JOBS}/{name}")
    assert all(words in shown for words in ("AbandonedJobError", "the store is right", ">done<", ">moved<"))
    assert f"{JOBS}/{name}/requeue" not in listed + shown


def test_a_row_that_is_gone_shows_its_runs_and_a_name_nobody_knows_is_no_page(server: Flask, shop: Shop) -> None:
    client, gone = signed_in(server, factory.staff(operator=True)), uuid7()
    failed(Work.ROLLUP, gone, KeyError("day"))
    shown = html(client, f"{JOBS}/rollup-{gone}")
    assert all(words in shown for words in ("Its row is gone", "KeyError", "test_jobs.py", f"rollup-{gone}/discard"))
    JobRun.update(state=RunState.DISCARDED).execute()
    for name in (f"rollup-{uuid7()}", "rollup-x", f"nothing-{gone}"):
        assert client.get(f"{JOBS}/{name}").status_code == 404, name


def test_what_makes_no_sense_finds_nothing_rather_than_everything(server: Flask, shop: Shop) -> None:
    attempt = unknown(shop)
    failed(Work.ATTEMPT, attempt.id, TimeoutError("20 s"))
    client = signed_in(server, factory.staff(operator=True))
    for view in ("", "&view=groups"):
        assert "TimeoutError" in html(client, f"{JOBS}?id=%00{view}"), "nothing was asked"
        for typed in ("merchant=nobody", "kind=all", "state=broken", "queue=x", "from=soon", "customer=%25%00"):
            assert "TimeoutError" not in html(client, f"{JOBS}?{typed}{view}"), typed


def test_nobody_else_sees_them_and_a_search_takes_few_statements(server: Flask, shop: Shop) -> None:
    attempt = unknown(shop)
    failed(Work.ATTEMPT, attempt.id, TimeoutError("20 s"))
    for role in Role:
        client = signed_in(server, factory.staff(of=shop.customer.merchant, role=role))
        for page in (JOBS, f"{JOBS}/attempt-{attempt.id}"):
            answer = drawn(client, page)
            assert (client.get(page).status_code, answer.status_code, "Jordan" in answer.text) == (303, 401, False)
    client = signed_in(server, factory.staff(operator=True))
    client.get(JOBS)
    with counted() as asked:
        html(client, f"{JOBS}?customer={shop.customer.id}")
    assert len(asked) <= 45, len(asked)
