"""What comes in, what does not and why, and that a second time changes nothing. On both stores."""

from __future__ import annotations

import csv
import stat
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.imports.summary import Progress, Stage
from domain.merchants.make import make_merchant
from kit.config import Settings
from kit.errors import DomainError, NotFound
from models.base import unit_of_work
from models.customers import Access, Account, Customer
from models.merchants import Merchant
from models.orders import LineKind, Order, OrderLine, OrderSource
from models.payments import Origin, Payment, PaymentState
from models.work import Event, Mail
from tests.imports.conftest import Import, a_merchant, check_books, contents, counts

pytestmark = pytest.mark.usefixtures("clock")

CDNOW = """customer_id,date,number_of_cds,dollar_value
00001,19970101,1,11.77
00002,19970112,1,12.00
00002,19970112,5,77.00
00003,19970102,2,20.76
00003,19970330,2,20.76
00003,19970330,2,20.76
00004,19970101,2,0.00
"""
BASKETS = (
    "household_id,basket_id,transaction_timestamp,product_id,product_type,package_size,"
    """quantity,sales_value,retail_disc,coupon_disc
70,311,2017-01-01T13:28:35.000000000,1039156,NEWSPAPER,,1,1.5,0.0,0.0
83,312,2017-01-01T13:31:53.000000000,1046485,VITAMIN,,1,10.99,0.0,0.0
70,311,2017-01-01T13:28:35.000000000,5978656,,40 LB,0,1.776357e-15,0.0,0.0
83,312,2017-01-01T13:31:53.000000000,1082185,BANANAS,40 LB,2,1.38,0.29,0.0
"""
)


def test_purchases_come_in_paid_with_their_customers(store: str, imported: Import) -> None:
    merchant = a_merchant()
    summary = imported(CDNOW)
    assert (summary.rows, summary.orders_made, summary.customers_made, summary.refused_count) == (7, 7, 4, 0)
    first = Order.get(Order.number == "CD-1001")
    assert (first.merchant_id, first.total, first.paid, first.open) == (merchant.id, 1177, 1177, 0)
    assert (first.source, first.currency, first.title) == (OrderSource.IMPORT, "USD", "CDs")
    assert first.placed_at == datetime(1997, 1, 1, 17, tzinfo=UTC)  # noon in New York
    assert first.due_on == date(1997, 1, 1)
    assert (first.customer.reference, first.customer.name) == ("00001", "Customer 00001")
    assert first.customer.email == "customer00001@example.com"
    payment = first.allocations.get().payment
    assert (payment.external, payment.origin, payment.state) == ("import", Origin.IMPORT, PaymentState.SUCCEEDED)
    assert (payment.amount, payment.created_at, payment.gateway_account_id) == (1177, first.placed_at, None)
    assert Mail.select().count() == 0
    assert Event.get().kind == "merchant.made" and Event.select().where(Event.kind == "import.finished").count() == 1
    check_books()


def test_identical_lines_are_separate_purchases(store: str, imported: Import) -> None:
    a_merchant()
    imported(CDNOW)
    assert Order.select().join(Customer).where(Customer.reference == "00003", Order.total == 2076).count() == 3


def test_an_order_of_nothing_is_settled_without_a_payment(store: str, imported: Import) -> None:
    a_merchant()
    imported(CDNOW, unpaid_last=1)
    free = Order.get(Order.total == 0)
    assert (free.paid, free.open, free.allocations.count()) == (0, 0, 0)


def test_the_same_file_twice_changes_nothing(store: str, imported: Import) -> None:
    a_merchant()
    imported(CDNOW)
    before, numbered = counts(), Merchant.get().next_order
    again = imported(CDNOW, unpaid_last=1)
    assert (again.orders_made, again.customers_made, again.orders_there, again.rows_there) == (0, 0, 7, 7)
    assert (counts(), Merchant.get().next_order) == (before, numbered)


def test_a_longer_file_brings_only_what_is_new(store: str, imported: Import) -> None:
    a_merchant()
    imported(CDNOW)
    summary = imported(CDNOW + "00003,19970330,2,20.76\n00005,19970401,1,9.99\n")
    assert (summary.orders_made, summary.orders_there, summary.customers_made) == (2, 7, 1)


def test_a_dry_run_says_the_same_and_writes_nothing(store: str, imported: Import, settings: Settings) -> None:
    a_merchant()
    before, files = counts() | {"mail": Mail.select().count(), "events": Event.select().count()}, _files(settings)
    would = imported(CDNOW + "00006,1997,1,1\n" * 30, dry_run=True, unpaid_last=1, invite=True)
    assert counts() | {"mail": Mail.select().count(), "events": Event.select().count()} == before
    assert _files(settings) == files
    did = imported(CDNOW + "00006,1997,1,1\n" * 30, unpaid_last=1, invite=True)
    said = ("rows", "orders_made", "orders_open", "customers_made", "invited", "refused_count", "refused")
    assert [getattr(would, name) for name in said] == [getattr(did, name) for name in said]
    assert would.invited == 4


def _files(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.data_dir.rglob("*refused*"))


def test_lines_of_one_basket_meet_wherever_they_stand(store: str, imported: Import) -> None:
    a_merchant()
    summary = imported(BASKETS)
    assert (summary.rows, summary.orders_made, summary.customers_made) == (4, 2, 2)
    assert summary.unused_columns == ("retail_disc", "coupon_disc")
    assert summary.dust_lines == (4,)
    basket = Order.get(Order.number == "312")
    assert (basket.title, basket.total) == ("VITAMIN and 1 more", 1237)
    assert basket.placed_at == datetime(2017, 1, 1, 18, 31, 53, tzinfo=UTC)
    assert [(one.title, one.quantity, one.total) for one in basket.lines.order_by("position")] == [
        ("VITAMIN", Decimal(1), 1099),
        ("BANANAS, 40 LB", Decimal(2), 138),
    ]
    nameless = Order.get(Order.number == "311").lines.where(OrderLine.position == 2).get()
    assert (nameless.title, nameless.quantity, nameless.total) == ("Product 5978656, 40 LB", 0, 0)
    check_books()
    assert imported(BASKETS).orders_made == 0


def test_the_latest_orders_stay_open(store: str, imported: Import) -> None:
    a_merchant()
    summary = imported(CDNOW, unpaid_last=2)
    assert summary.orders_open == 5  # one, two, the later two of three; nothing of the fourth, who owes nothing
    opened = Order.select().join(Customer).where(Order.open > 0, Customer.reference == "00003")
    assert {(one.open, one.paid, one.due_on, one.allocations.count()) for one in opened} == {
        (2076, 0, date(2026, 11, 23), 0)
    }
    assert {one.placed_at.month for one in opened} == {3}
    check_books()


def test_the_due_day_can_be_later_or_the_files_own(store: str, imported: Import) -> None:
    a_merchant()
    imported(
        "email,date,amount,due_date\na@x.org,2026-01-01,1,\nb@x.org,2026-01-01,1,2026-12-24\n",
        unpaid_last=1,
        due_in_days=14,
    )
    assert [one.due_on for one in Order.select().order_by(Order.due_on)] == [date(2026, 12, 7), date(2026, 12, 24)]


def test_a_status_column_says_what_is_paid(store: str, imported: Import) -> None:
    a_merchant()
    summary = imported(
        "email,date,amount,status\na@x.org,2026-01-01,1,paid\nb@x.org,2026-01-01,1,Open\nc@x.org,2026-01-01,1,odd\n"
    )
    assert {one.customer.email: one.open for one in Order.select()} == {"a@x.org": 0, "b@x.org": 100}
    assert summary.refused[0][0] == 4 and "neither paid nor unpaid" in summary.refused[0][1]


REFUSED = [
    ("1001,a@x.org,2026-01-01,ten,USD", "“ten” is not an amount"),
    ("1001,a@x.org,2026-01-01,,USD", "the amount is empty"),
    ('1001,a@x.org,2026-01-01,"11,77",USD', "write decimals with a point"),
    ("1001,a@x.org,2026-01-01,1.005,USD", "more decimals than USD"),
    ("1001,a@x.org,2026-01-01,NaN,USD", "is not an amount"),
    ("1001,a@x.org,2026-01-01,-5.00,USD", "the total is negative"),
    ("1001,a@x.org,2026-01-01,5.00,ZZZ", "“ZZZ” is not a currency"),
    ("1001,a@x.org,2026-01-01,10.50,JPY", "more decimals than JPY"),
    ("1001,a@x.org,01/02/2026,5.00,USD", "“01/02/2026” is not a date"),
    ("1001,a@x.org,,5.00,USD", "the date is empty"),
    ("1001,not-an-address,2026-01-01,5.00,USD", "is not an e-mail address"),
    ("1001,,2026-01-01,5.00,USD", "names no customer"),
    ("1001,a@x.org,2026-01-01", "has 3 cells where the header has 5"),
    ("1001,a@x.org,2026-01-01,5.00,U\x00", "NUL"),
    ("7" * 41 + ",a@x.org,2026-01-01,5.00,USD", "order_number is longer than 40"),
]


@pytest.mark.parametrize(("row", "why"), REFUSED)
def test_a_row_that_cannot_come_in_is_refused_alone(sqlite_store: str, imported: Import, row: str, why: str) -> None:
    a_merchant()
    summary = imported(f"order_number,email,date,amount,currency\n{row}\n1002,b@x.org,2026-01-01,5,\n")
    assert [line for line, _why in summary.refused] == [2]
    assert why in summary.refused[0][1]
    assert [one.number for one in Order.select()] == ["1002"]
    assert summary.rows == summary.rows_made + summary.rows_there + summary.refused_count


def test_a_number_used_twice_in_a_file_is_refused_the_second_time(store: str, imported: Import) -> None:
    a_merchant()
    text = "order_number,email,date,amount\n17,a@x.org,2026-01-01,5\n17,a@x.org,2026-01-01,5\n17,b@x.org,2026-01-02,6\n"
    for _again in range(2):
        summary = imported(text)
        assert [line for line, _why in summary.refused] == [3, 4]
        assert summary.refused[0][1] == "order number 17 is on line 2 already"
    assert [(one.number, one.total) for one in Order.select()] == [("17", 500)]


def test_a_number_of_another_order_in_the_store_is_refused(store: str, imported: Import) -> None:
    a_merchant()
    imported("order_number,email,date,amount\n17,a@x.org,2026-01-01,5\n")
    summary = imported("order_number,email,date,amount\n17,b@x.org,2026-01-01,6\n")
    assert summary.refused == ((2, "there is another order 17 in the store"),)
    assert counts()["Order"] == 1 and counts()["Customer"] == 1


def test_a_basket_with_one_bad_line_does_not_come_in_short(store: str, imported: Import) -> None:
    a_merchant()
    header = "order_number,email,date,product,quantity,line_amount\n"
    summary = imported(
        header + "1,a@x.org,2026-01-01,Tea,1,5\n1,,,Cup,1,much\n1,,,Pot,1,2\n2,a@x.org,2026-01-01,Tea,1,5\n"
    )
    assert dict(summary.refused).keys() == {2, 3, 4}
    assert dict(summary.refused)[2] == "line 3 of the same order was refused"
    assert [one.number for one in Order.select()] == ["2"]


def test_lines_may_leave_out_what_the_first_says_but_not_contradict_it(store: str, imported: Import) -> None:
    a_merchant()
    header = "order_number,email,date,product,quantity,unit_price\n"
    summary = imported(
        header + "1,a@x.org,2026-01-01,Tea,3,1.25\n1,,,Refund,1,-0.75\n1,b@x.org,,Cup,1,9\n1,,2026-02-01,Pot,1,9\n"
    )
    order = Order.get()
    assert (order.total, order.customer.email) == (300, "a@x.org")
    assert [line.kind for line in order.lines.order_by("position")] == [LineKind.ITEM, LineKind.DISCOUNT]
    assert [why for _line, why in summary.refused] == [
        "order number 1 is on line 2 for another customer",
        "order number 1 is on line 2 with another date",
    ]


def test_a_stated_total_that_the_lines_do_not_make_is_refused(store: str, imported: Import) -> None:
    a_merchant()
    summary = imported(
        "order_number,email,date,product,line_amount,order_total\n1,a@x.org,2026-01-01,Tea,5,9\n1,,,Cup,3,9\n"
    )
    assert "the lines add up to $8.00" in summary.refused[0][1] and summary.refused_count == 2


def test_the_merchants_own_numbers_are_skipped_by_ours(store: str, imported: Import) -> None:
    a_merchant()
    imported("order_number,email,date,amount\nCD-1002,a@x.org,2026-01-01,5\n")
    imported(CDNOW)
    assert Order.select().where(Order.number == "CD-1008").exists()
    assert Order.select().count() == 8


def test_an_interrupted_import_run_again_ends_the_same(store: str, imported: Import) -> None:
    class Killed(Exception):
        pass

    rows = "".join(f"{n % 97},2026-01-{n % 28 + 1:02},1,{n}.00\n" for n in range(700)) * 2
    text = "customer_id,date,quantity,amount\n" + rows

    def kill(progress: Progress) -> None:
        if progress.stage is Stage.MAKING and progress.done > 600:
            raise Killed

    a_merchant()
    with pytest.raises(Killed):
        imported(text, unpaid_last=1, report=kill)
    assert 0 < Order.select().count() < 1400
    imported(text, unpaid_last=1)
    ended = contents()
    assert len(ended) == 1400
    check_books()
    whole = a_merchant("whole")
    imported(text, merchant="whole", unpaid_last=1)
    assert sorted(contents_of(whole)) == sorted(contents_of(Merchant.get(Merchant.slug == "discs")))


def contents_of(merchant: Merchant) -> list[tuple[object, ...]]:
    orders = Order.select(Order, Customer).join(Customer).where(Order.merchant == merchant)
    return [(one.import_key, one.customer.reference, one.total, one.open, one.due_on) for one in orders]


def test_invitations_go_once_to_whoever_has_no_account(store: str, imported: Import) -> None:
    a_merchant()
    assert imported(CDNOW, invite=True).invited == 4
    assert imported(CDNOW, invite=True).invited == 0
    assert sorted(mail.to_address for mail in Mail.select()) == [f"customer0000{n}@example.com" for n in (1, 2, 3, 4)]


def test_an_account_of_the_mailbox_may_act_for_the_imported_customer(store: str, imported: Import) -> None:
    merchant = a_merchant()
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with unit_of_work():
        account = Account.create(merchant=merchant, email="ann@x.org", name="Ann", confirmed_at=now, created_at=now)
    summary = imported("email,name,date,amount\nAnn@X.org,Ann Smith,2026-01-01,5\n", invite=True)
    assert Access.get().account_id == account.id and Access.get().customer.name == "Ann Smith"
    assert summary.invited == 0


def test_a_record_without_a_reference_is_taken_by_its_mailbox(store: str, imported: Import) -> None:
    merchant = a_merchant()
    with unit_of_work():
        kept = Customer.create(
            merchant=merchant, name="Ann", email="ann@x.org", created_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    summary = imported("customer_id,email,date,amount\n5,ann@x.org,2026-01-01,5\n6,ann@x.org,2026-01-01,5\n")
    assert summary.customers_made == 1
    assert {one.customer_id == kept.id: one.customer.reference for one in Order.select()} == {True: "5", False: "6"}


def test_other_headers_are_mapped_by_hand(store: str, imported: Import) -> None:
    a_merchant()
    text = "Wer;Wann;Wieviel;Zustand\nann@x.org;2026-01-01;5.00;ok\n"
    imported(text, columns={"Wer": "email", "wann": "date", "Wieviel": "amount"})
    assert Order.get().total == 500 and Order.get().customer.name == "ann"


def test_another_merchant_sees_nothing_of_it(store: str, imported: Import) -> None:
    a_merchant()
    other = a_merchant("other", name="Other", currency="JPY", zone="Asia/Tokyo")
    imported(CDNOW)
    summary = imported("customer_id,date,amount\n00001,19970101,1177\n", merchant="other")
    assert (summary.orders_made, summary.customers_made) == (1, 1)
    assert Order.get(Order.merchant == other).total == 1177


def test_many_refusals_are_all_in_a_file_that_only_its_owner_reads(sqlite_store: str, imported: Import) -> None:
    a_merchant()
    summary = imported("email,date,amount\n" + "a@x.org,2026-01-01,x\n" * 1500)
    assert (summary.refused_count, len(summary.refused), summary.rows_made) == (1500, 1000, 0)
    assert summary.refused_file is not None
    with summary.refused_file.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "why"] and len(rows) == 1501 and rows[-1][0] == "1501"
    assert stat.S_IMODE(summary.refused_file.stat().st_mode) == 0o600


def test_an_unknown_merchant_is_named_with_those_there_are(sqlite_store: str, imported: Import) -> None:
    with unit_of_work():
        make_merchant(slug="there", name="T", currency="USD", country="US", zone="UTC")
    with pytest.raises(NotFound, match="There are: there"):
        imported(CDNOW, merchant="nobody")


def test_a_file_that_breaks_off_changes_nothing(sqlite_store: str, imported: Import) -> None:
    a_merchant()
    good = "email,date,amount\n" + "a@x.org,2026-01-01,5\n" * 3000
    with pytest.raises(DomainError, match="Line 3002 is not in UTF-8"):
        imported(good.encode() + "é,2026-01-01,5\n".encode("latin-1"))
    assert (Order.select().count(), Payment.select().count()) == (0, 0)
