"""Every act of the console: a manager does it, sent twice it is once, a viewer may not, a stranger finds nothing."""

from __future__ import annotations

import re
from datetime import date

import pytest

from domain.accounts.viewer import Role
from domain.orders.outside import Outside, Received, record_outside
from kit.ids import uuid7
from kit.money import Money
from models.console import Note
from models.customers import Access, Address, ChangeState, ContactChange, ContactKind, Customer
from models.ledger import Journal
from models.methods import BillingSchedule, PaymentMethod, ScheduleState
from models.orders import Adjustment, AdjustmentKind, Order
from models.payments import Payment, PaymentState, PlannedTry, Recovery, Refund, TryState
from models.schedules import ScheduleRun
from models.work import Event, Mail
from tests import factory
from tests.browser.people import alex as make_alex
from tests.console.test_see_as import html_of
from tests.console.test_team import visitor
from tests.served import portal

BASE = "/merchant/harbor"
FILLED = {
    "amount": "1.00", "email": "a@example.com", "until": "2026-12-01", "text": "x", "title": "x",
    "first_on": "2027-01-20",
    "due_on": "2026-12-01", "line_1": "x", "amount_1": "1", "period": "2026-12-20", "country": "US", "drawn": "US",
    "name": "Robin Ray", "method": "",
}  # fmt: skip


@pytest.fixture
def alex(sandbox, sqlite_store, clock, ledger_holds):
    return make_alex(clock)


@pytest.fixture
def server(alex):
    return portal()


@pytest.fixture
def manager(server, alex):
    return visitor(server, factory.staff(of=alex.merchant, role=Role.MANAGER))


def fresh(row):
    return type(row).get_by_id(row.id)


def customer_at(alex):
    return f"{BASE}/customers/{alex.customer.id}"


def plan_of(alex):
    return BillingSchedule.get(BillingSchedule.customer == alex.customer)


def visa_of(alex):
    return PaymentMethod.get(PaymentMethod.customer == alex.customer, PaymentMethod.last4 == "4242")


def hidden(html):
    """The hidden fields of the form on a page, but the token."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: value for name, value in found if name != "csrf_token"}


def send(visit, path, **fields):
    """Opens the form, fills it in and sends it; returns the answer and what was sent, to send it again."""
    shown = visit.get(path)
    assert shown.status_code == 200, (path, shown.status_code)
    values = hidden(shown.text) | fields
    return post(visit, path, values), values


def post(visit, path, values):
    page = visit.get(f"{BASE}/settings/you").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    return visit.client.post(path, data={"csrf_token": token} | values)


def _outside(alex, minor=4250):
    received = Received(
        uuid7(), alex.customer.id, {alex.due.id: Money(minor, "USD")}, Outside.CHEQUE, date(2026, 11, 20)
    )
    return record_outside(merchant=alex.merchant.id, received=received, staff=None)


def _pages(alex):
    """Every form page, and every button without a form."""
    at, order = customer_at(alex), f"{BASE}/orders/{alex.due.id}"
    paid = Payment.get(Payment.state == PaymentState.SUCCEEDED, Payment.method.is_null(False))
    payment, plan = f"{BASE}/payments/{paid.id}", f"{at}/schedules/{plan_of(alex).id}"
    forms = [f"{at}/{name}" for name in ("edit", "address/billing", "address/shipping", "note", "access", "pause",
             "credit", "orders/new", "schedules/new", "take-payment", "outside-payment")]  # fmt: skip
    forms += [f"{order}/{name}" for name in ("edit", "void", "write-off")]
    forms += [f"{plan}/{name}" for name in ("amount", "date", "method", "pause", "end")]
    forms += [f"{payment}/refund", f"{payment}/reverse"]
    presses = [f"{at}/invite", f"{at}/resume-tries", f"{at}/access/{alex.account.id}/revoke",
               f"{at}/access/{alex.account.id}/reset", f"{at}/changes/{uuid7()}/agree", f"{plan}/resume",
               f"{plan}/skip",
               f"{at}/changes/{uuid7()}/decline", f"{payment}/disputes/{uuid7()}/reopen"]  # fmt: skip
    presses += [f"{order}/{name}" for name in ("credit", "try-now", "stop-trying", "go-on-trying", "withdraw-promise")]
    return forms, presses


def test_who_only_looks_presses_nothing_and_another_merchant_finds_nothing(server, alex):
    looks = visitor(server, factory.staff(of=alex.merchant, role=Role.VIEWER))
    other = factory.merchant("other")
    stranger = visitor(server, factory.staff(of=other, role=Role.MANAGER))
    forms, presses = _pages(alex)
    before = Event.select().count()
    for path in [*forms, f"{BASE}/customers/new"]:
        assert looks.get(path).status_code == 403, path
    token = re.search(r'name="csrf_token" value="([^"]+)"', looks.get(f"{BASE}/settings/you").text).group(1)
    for path in [*forms, *presses, f"{BASE}/customers/new"]:
        assert looks.client.post(path, data={"csrf_token": token}).status_code == 403, path
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/merchant/other/settings/you").text).group(1)
    for path in [*forms, *presses]:
        theirs = path.replace(BASE, "/merchant/other")
        if path in forms:
            assert stranger.get(theirs).status_code == 404, theirs
        filled = FILLED | {"handle": str(uuid7()), "csrf_token": token}
        answer = stranger.client.post(theirs, data=filled)
        assert answer.status_code == 404, (theirs, answer.status_code)
    assert Event.select().count() == before
    plan = f"{customer_at(alex)}/schedules/{plan_of(alex).id}"
    assert "Change amount" not in looks.get(plan).text


def test_a_customer_is_made_corrected_noted_and_paused(alex, manager):
    made, sent = send(
        manager, f"{BASE}/customers/new", name="Robin Ray", email="robin@example.com", phone="207 555 0199"
    )
    assert made.status_code == 303 and made.location.endswith(f"/customers/{sent['handle']}")
    assert post(manager, f"{BASE}/customers/new", sent).status_code == 303
    robin = Customer.get(Customer.email == "robin@example.com")
    assert (robin.phone, str(robin.id)) == ("+1 207-555-0199", sent["handle"]) and "robin" in robin.folded
    assert send(manager, f"{BASE}/customers/new", name=" ", email="nobody")[0].status_code == 422
    at = customer_at(alex)
    for _twice in range(2):
        assert send(manager, f"{at}/note", text="Prefers mornings.", handle=str(alex.due.id))[0].status_code == 303
    assert [note.text for note in Note.select()] == ["Prefers mornings."]
    assert send(manager, f"{at}/pause", until="2026-12-10")[0].status_code == 303
    assert fresh(alex.customer).tries_paused_until == date(2026, 12, 10)
    assert post(manager, f"{at}/resume-tries", {}).status_code == 303
    assert fresh(alex.customer).tries_paused_until is None
    for line in ("12 Pier Road", "12 Pier Road"):
        address = {
            "street": line,
            "city": "Portland",
            "region": "ME",
            "postcode": "04101",
            "country": "US",
            "drawn": "US",
        }
        assert post(manager, f"{at}/address/billing", address).status_code == 303
    assert Address.get(Address.customer == alex.customer).street == "12 Pier Road"
    kinds = [event.kind for event in Event.select().where(Event.actor == "staff")]
    expected = {
        "customer.made",
        "note.added",
        "customer.tries_paused",
        "customer.tries_resumed",
        "customer.address_changed",
    }
    assert expected <= set(kinds) and kinds.count("customer.address_changed") == 1


def test_another_email_takes_the_record_from_the_old_mailbox_and_a_colleague_is_told(server, alex, manager):
    at = f"{customer_at(alex)}/edit"
    factory_access = Access.get(Access.account == alex.account)
    Access.update(source="mailbox_match").where(Access.id == factory_access.id).execute()
    drawn = hidden(manager.get(at).text)
    changed = {"name": "Alex Morgan", "email": "alex@morgan.example", "phone": "(555) 010-0142"}
    answer = post(manager, at, drawn | changed)
    assert answer.status_code == 303 and fresh(alex.customer).email == "alex@morgan.example"
    assert (
        Access.get_by_id(factory_access.id).revoked_at is not None
        and fresh(alex.account).email != "alex@morgan.example"
    )
    told = Mail.select().where(Mail.template == "security_change", Mail.to_address == alex.account.email)
    assert told.count() == 1
    assert post(manager, at, drawn | changed).status_code == 303  # again: it stands so already
    late = post(manager, at, drawn | changed | {"email": "other@morgan.example"})
    assert late.status_code == 409 and "colleague" in late.text and fresh(alex.customer).email == "alex@morgan.example"
    assert Event.select().where(Event.kind == "customer.email_changed").count() == 1


def test_an_account_is_let_in_reset_and_shut_out(alex, manager):
    at = f"{customer_at(alex)}/access"
    helper = factory.account(factory.customer(alex.merchant, email="helper@example.com"))
    assert "nobody has confirmed" in send(manager, at, email="ghost@example.com")[0].text.lower()
    for _twice in range(2):
        assert send(manager, at, email="helper@example.com")[0].status_code == 303
    mine = (Access.account == helper) & (Access.customer == alex.customer)
    assert Access.get(mine).revoked_at is None
    assert post(manager, f"{at}/{helper.id}/reset", {}).status_code == 303
    assert Mail.select().where(Mail.template == "reset").count() == 1
    for _twice in range(2):
        assert post(manager, f"{at}/{helper.id}/revoke", {}).status_code == 303
    assert Access.get(mine).revoked_at is not None
    kinds = [event.kind for event in Event.select().where(Event.actor == "staff")]
    assert [kinds.count(kind) for kind in ("access.granted", "account.reset_sent", "access.revoked")] == [1, 1, 1]
    lone = factory.customer(alex.merchant, email="lone@example.com")
    for _twice in range(2):
        assert post(manager, f"{BASE}/customers/{lone.id}/invite", {}).status_code == 303
    assert Mail.select().where(Mail.template == "invite").count() == 1


def test_an_order_is_made_corrected_and_voided(alex, manager):
    new = f"{customer_at(alex)}/orders/new"
    fields = {
        "line_1": "Retreat",
        "amount_1": "120.50",
        "line_2": "Tea",
        "amount_2": "3",
        "due_on": "2026-12-05",
        "tell": "1",
    }
    made, sent = send(manager, new, **fields)
    assert made.status_code == 303 and post(manager, new, sent).status_code == 303
    order = Order.get_by_id(sent["handle"])
    assert (order.total, order.open, order.title, order.lines.count()) == (12350, 12350, "Retreat and 1 more", 2)
    assert Mail.select().where(Mail.template == "new_order").count() == 1
    wrong, _sent = send(manager, new, line_1="Tea", amount_1="three", due_on="2026-12-05")
    assert wrong.status_code == 422 and 'id="amount_1-error"' in wrong.text and 'value="three"' in wrong.text
    at = f"{BASE}/orders/{order.id}"
    drawn = hidden(manager.get(f"{at}/edit").text)
    change = drawn | fields | {"title": "Autumn retreat", "amount_2": "4.00", "amount_1": "120.50"}
    assert post(manager, f"{at}/edit", change).status_code == 303
    assert (fresh(order).total, fresh(order).open, fresh(order).title) == (12450, 12450, "Autumn retreat")
    assert post(manager, f"{at}/edit", change).status_code == 303  # sent again
    late = post(manager, f"{at}/edit", change | {"title": "Winter retreat"})
    assert late.status_code == 409 and "colleague" in late.text
    for _twice in range(2):
        assert send(manager, f"{at}/void")[0].status_code == 303 if not _twice else post(manager, f"{at}/void", {})
    assert fresh(order).open == 0 and Adjustment.select().where(Adjustment.order == order).count() == 1
    assert Event.select().where(Event.kind == "order.edited").count() == 1
    paid = Order.get(Order.paid > 0)
    stands = manager.get(f"{BASE}/orders/{paid.id}/edit").text
    assert "paid or taken off already" in stands and 'name="line_1"' not in stands


def test_written_off_credited_and_settled_with_credit(alex, manager):
    at, later = f"{BASE}/orders/{alex.due.id}", f"{BASE}/orders/{alex.later.id}"
    for _twice in range(2):
        assert post(manager, f"{at}/write-off", {"note": "moved away"}).status_code == 303
    assert fresh(alex.due).open == 0 and Adjustment.get(Adjustment.order == alex.due).kind == AdjustmentKind.WRITE_OFF
    credit = f"{customer_at(alex)}/credit"
    answer, sent = send(manager, credit, amount="20.00")
    assert answer.status_code == 303 and post(manager, credit, sent).status_code == 303
    assert Journal.select().where(Journal.kind == "credit_given").count() == 1
    assert post(manager, f"{later}/credit", {}).status_code == 303 and fresh(alex.later).open == 7550


def test_a_payment_is_taken_declined_and_taken_with_another_card(alex, manager, sandbox):
    at, share = f"{customer_at(alex)}/take-payment", f"share_{alex.due.id}"
    good = visa_of(alex)
    bad = factory.method(alex.customer, "pm_card_visa_chargeDeclined")
    silent, _sent = send(manager, at, **{share: "42.50", "method": str(good.id)})
    assert silent.status_code == 422 and "have said yes" in silent.text and 'value="42.50"' in silent.text
    took = sum(charge["amount"] for charge in sandbox.charges() if charge["status"] == "succeeded")
    no, _sent = send(manager, at, **{share: "42.50", "method": str(bad.id), "agreed": "1"})
    assert no.status_code == 303 and "Nothing was taken" in manager.get(no.location).text
    yes, sent = send(manager, at, **{share: "42.50", "method": str(good.id), "agreed": "1"})
    again = post(manager, at, sent)
    assert yes.location == again.location and "Payment received" in manager.get(yes.location).text
    assert sum(charge["amount"] for charge in sandbox.charges() if charge["status"] == "succeeded") == took + 4250
    assert fresh(alex.due).open == 0 and Event.select().where(Event.kind == "payment.taken").count() == 2


def test_an_outside_payment_is_noted_once_and_taken_back_once(alex, manager):
    at = f"{customer_at(alex)}/outside-payment"
    fields = {f"share_{alex.due.id}": "42.50", "kind": "cheque", "received_on": "2026-11-20", "note": "No. 77"}
    too_much, _sent = send(manager, at, **(fields | {f"share_{alex.due.id}": "99"}))
    assert too_much.status_code == 422 and fresh(alex.due).open == 4250
    answer, sent = send(manager, at, **fields)
    assert answer.status_code == 303 and post(manager, at, sent).status_code == 303
    assert fresh(alex.due).open == 0 and Payment.select().where(Payment.external == "cheque").count() == 1
    back = f"{BASE}/payments/{sent['handle']}/reverse"
    for _twice in range(2):
        assert post(manager, back, {}).status_code == 303
    assert fresh(alex.due).open == 4250 and Event.select().where(Event.kind == "payment.bounced").count() == 1


def test_refunds_full_part_and_outside(alex, manager, sandbox):
    paid = Payment.get(Payment.state == PaymentState.SUCCEEDED, Payment.amount == 8900)
    at = f"{BASE}/payments/{paid.id}/refund"
    assert "in 5 to 10 days" in manager.get(at).text
    wrong, _sent = send(manager, at, amount="100")
    assert wrong.status_code == 422 and "At most $89.00" in wrong.text
    answer, sent = send(manager, at, amount="30.00", owed="yes", reason="paid twice")
    assert answer.status_code == 303 and post(manager, at, sent).status_code == 303
    made = Refund.get()
    assert (made.amount, made.state, made.still_owed, Refund.select().count()) == (3000, "succeeded", True, 1)
    assert "At most $59.00" in manager.get(at).text
    cash = _outside(alex)
    answer, _sent = send(manager, f"{BASE}/payments/{cash}/refund", amount="10.00", owed="no")
    assert answer.status_code == 303 and Refund.get(Refund.payment == cash).state == "succeeded"
    asked = Event.select().where(Event.kind == "refund.asked", Event.actor == "staff")
    assert asked.count() == 2 and all(event.actor_id for event in asked)


def test_a_schedule_is_made_changed_skipped_paused_and_ended(alex, manager):
    new = f"{customer_at(alex)}/schedules/new"
    fields = {"title": "Locker", "amount": "12", "every": "1", "cadence": "month", "first_on": "2026-12-05"}
    made, sent = send(manager, new, **fields)
    assert made.status_code == 303 and post(manager, new, sent).status_code == 303
    plan, at = BillingSchedule.get_by_id(sent["handle"]), f"{customer_at(alex)}/schedules/{sent['handle']}"
    assert (plan.amount, BillingSchedule.select().count()) == (1200, 2)
    assert "Locker" in manager.get(at).text
    assert send(manager, f"{at}/amount", amount="0")[0].status_code == 422
    for path, change in (
        ("amount", {"amount": "15"}),
        ("date", {"first_on": "2026-12-08"}),
        ("method", {"method": ""}),
    ):
        assert send(manager, f"{at}/{path}", **change)[0].status_code == 303, path
    assert (fresh(plan).amount, fresh(plan).next_on) == (1500, date(2026, 12, 8))
    for values in ({"period": "2026-12-08"}, {"period": "2026-12-08"}):
        assert post(manager, f"{at}/skip", values).status_code == 303
    assert ScheduleRun.get(ScheduleRun.schedule == plan).by_merchant
    post(manager, f"{at}/skip", {"period": "2026-12-08", "undo": "1"})
    assert not ScheduleRun.select().where(ScheduleRun.schedule == plan).exists()
    assert send(manager, f"{at}/pause", until="2027-01-01")[0].status_code == 303
    assert fresh(plan).state == ScheduleState.PAUSED
    assert post(manager, f"{at}/resume", {}).status_code == 303 and fresh(plan).state == ScheduleState.ACTIVE
    assert send(manager, f"{at}/end")[0].status_code == 303 and fresh(plan).state == ScheduleState.ENDED
    assert post(manager, f"{at}/end", {}).status_code == 422  # told, and nothing more happens
    assert Event.select().where(Event.kind == "schedule.ended").count() == 1


def test_tries_are_brought_forward_stopped_and_go_on(alex, manager, clock):
    at = f"{BASE}/orders/{alex.failed.id}"
    case = Recovery.get(Recovery.order == alex.failed)
    planned = (PlannedTry.recovery == case) & (PlannedTry.state == TryState.PLANNED)
    for _twice in range(2):
        assert post(manager, f"{at}/stop-trying", {}).status_code == 303
    assert not PlannedTry.select().where(planned).exists()
    assert post(manager, f"{at}/go-on-trying", {}).status_code == 303 and PlannedTry.select().where(planned).exists()
    for _twice in range(2):
        assert post(manager, f"{at}/try-now", {}).status_code == 303
    kinds = [event.kind for event in Event.select().where(Event.actor == "staff")]
    assert kinds.count("recovery.stopped") == kinds.count("recovery.resumed") == 1
    due = PlannedTry.get(planned).due_at <= clock()
    assert due == (kinds.count("recovery.try_now") == 1)
    assert post(manager, f"{at}/withdraw-promise", {}).status_code == 303


def test_a_change_that_was_asked_for_is_decided_on_the_record(alex, manager):
    wanted = ContactChange.create(
        customer=alex.customer, account=alex.account, what=ContactKind.PHONE, wanted="+1 207-555-0177",
        state=ChangeState.ASKED, made_at=alex.due.created_at,
    )  # fmt: skip
    assert "They ask for another phone" in html_of(manager, customer_at(alex))
    at = f"{customer_at(alex)}/changes/{wanted.id}/agree"
    assert post(manager, at, {}).status_code == 303 and fresh(alex.customer).phone == "+1 207-555-0177"
    assert post(manager, at, {}).status_code == 303  # a colleague presses as well: told, and nothing more happens
    shown = html_of(manager, customer_at(alex))
    assert "not asked for any more" in shown and "They ask for another" not in shown
