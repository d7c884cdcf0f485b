"""What a merchant's people leave behind in the console: marks, notes, saved views, brakes, merges, imports."""

from __future__ import annotations

from enum import StrEnum

from peewee import SQL, BlobField, BooleanField, CharField, DateField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.customers import Customer, Session
from models.fields import Choice, UtcDateTime
from models.merchants import GatewayAccount, Merchant, Staff
from models.orders import Order


class DeskMark(Row):
    """What somebody did with a row of *Today*: took it, put it off, or finished it. The row itself is derived.

    `stamp` tells how the subject stood then: a subject that has changed since is on the list again.
    """

    merchant = ForeignKeyField(Merchant)
    kind = CharField(max_length=24)  # domain.desk.terms.Kind
    subject_id = CharField(max_length=36)
    taken_by = ForeignKeyField(Staff, null=True)
    taken_at = UtcDateTime(null=True)
    later_until = DateField(null=True)  # in the merchant's zone: the day on which it is listed again
    done_by = ForeignKeyField(Staff, null=True)
    done_at = UtcDateTime(null=True)
    note = TextField(default="")
    stamp = CharField(max_length=80, default="")
    did = CharField(max_length=16, default="")  # the latest step, domain.desk.terms.Step: told to whoever comes second
    changed_by = ForeignKeyField(Staff, null=True)
    changed_at = UtcDateTime()
    before = TextField(default="")  # JSON: the mark as it was before the latest step, and its mails; for undoing it

    class Meta:
        indexes = ((("merchant", "kind", "subject_id"), True),)


class SavedView(Row):
    """A named view: the address of a dashboard with its filters, and whether it is mailed every week."""

    merchant = ForeignKeyField(Merchant)
    staff = ForeignKeyField(Staff)
    name = CharField(max_length=80)
    page = CharField(max_length=40)
    query = CharField(max_length=1000, default="")
    weekly = BooleanField(default=False)
    made_at = UtcDateTime()

    class Meta:
        indexes = ((("merchant", "staff", "name"), True),)


class Brake(Row):
    """Automatic tries that are stopped before a network's or Nacha's limit is passed. Lifted, never deleted."""

    merchant = ForeignKeyField(Merchant)
    gateway_account = ForeignKeyField(GatewayAccount)
    what = CharField(max_length=24)  # domain.compliance.terms.What
    reason = CharField(max_length=200, default="")  # the figures that set it, in a few words
    set_at = UtcDateTime()
    lifted_at = UtcDateTime(null=True)
    lifted_by = ForeignKeyField(Staff, null=True)
    lifted_why = CharField(max_length=200, default="")  # what they wrote


Brake.add_index(
    Brake.index(
        Brake.gateway_account, Brake.what, unique=True, where=SQL("lifted_at IS NULL"), name="brake_one_set_per_account"
    )
)


class Note(Row):
    """A note of the team on a customer, or on one of their orders. Personal: `erase` blanks its text."""

    merchant = ForeignKeyField(Merchant)
    customer = ForeignKeyField(Customer, backref="notes")
    order = ForeignKeyField(Order, null=True)
    staff = ForeignKeyField(Staff)
    text = TextField()
    made_at = UtcDateTime()


class CustomerLook(Row):
    """Somebody of the team looks at the portal as a customer sees it: read-only, logged, for a limited time."""

    merchant = ForeignKeyField(Merchant)
    staff = ForeignKeyField(Staff)
    session = ForeignKeyField(Session)
    customer = ForeignKeyField(Customer)
    began_at = UtcDateTime()
    until = UtcDateTime()

    class Meta:
        indexes = ((("session", "customer"), False),)


class Merge(Row):
    """Two customer records made one. The absorbed one stays, empty, and points at the survivor."""

    merchant = ForeignKeyField(Merchant)
    survivor = ForeignKeyField(Customer, backref="merges")
    absorbed = ForeignKeyField(Customer, backref="merged")
    staff = ForeignKeyField(Staff)
    made_at = UtcDateTime()
    undo_until = UtcDateTime()
    undone_at = UtcDateTime(null=True)
    undone_by = ForeignKeyField(Staff, null=True)


class MergeMove(Row):
    """One value that a merge changed, so that undoing puts exactly these back: a row's column, before and after."""

    merge = ForeignKeyField(Merge, backref="moves")
    table_name = CharField(max_length=40)
    row_id = CharField(max_length=36)
    column = CharField(max_length=40)
    before = TextField(null=True)
    after = TextField(null=True)


class DuplicatePair(Row):
    """Two customers who may be one person, with what speaks for it; found anew each night. `one` has the lower id."""

    merchant = ForeignKeyField(Merchant)
    one = ForeignKeyField(Customer)
    other = ForeignKeyField(Customer)
    score = IntegerField()  # 0 to 100, domain.duplicates.evidence
    evidence = TextField()  # JSON: names of signs, never what they were found in
    found_at = UtcDateTime()

    class Meta:
        indexes = ((("one", "other"), True), (("merchant", "score"), False))


class NotDuplicate(Row):
    """Two customers of whom somebody said: these are different people. `one` has the lower id."""

    merchant = ForeignKeyField(Merchant)
    one = ForeignKeyField(Customer)
    other = ForeignKeyField(Customer)
    staff = ForeignKeyField(Staff)
    at = UtcDateTime()

    class Meta:
        indexes = ((("one", "other"), True),)


class ImportState(StrEnum):
    """Where an import made on the screen stands."""

    UPLOADED = "uploaded"  # its columns wait to be mapped
    CHECKING = "checking"  # a worker reads it without writing
    CHECKED = "checked"  # what it would do is known; somebody decides
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it could not be read at all
    DROPPED = "dropped"


class ImportRun(Row):
    """A file brought in on the screen: its mapping, what the dry run found, how far it has come."""

    merchant = ForeignKeyField(Merchant)
    staff = ForeignKeyField(Staff)
    what = CharField(max_length=24)  # customers and orders, schedules, payment methods
    filename = CharField(max_length=160)
    digest = CharField(max_length=64)
    size = IntegerField()
    mapping = TextField(default="{}")  # JSON: our column -> the file's
    options = TextField(default="{}")  # JSON
    state = Choice(ImportState, default=ImportState.UPLOADED)
    report = TextField(default="{}")  # JSON: counts of the dry run, then of the run
    rows_done = IntegerField(default=0)
    due_at = UtcDateTime(null=True)  # work: when a worker reads or runs it; empty when nobody has to
    lease_until = UtcDateTime(null=True)
    made_at = UtcDateTime()
    ended_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("merchant", "made_at"), False),)


ImportRun.add_index(ImportRun.index(ImportRun.due_at, where=SQL("due_at IS NOT NULL"), name="importrun_to_do"))


class ImportPart(Row):
    """A part of an uploaded file, or of its refused rows, until the import is over: any host can go on with it."""

    run = ForeignKeyField(ImportRun, backref="parts")
    kind = CharField(max_length=12, default="file")  # file, refused
    n = IntegerField()
    data = BlobField()

    class Meta:
        indexes = ((("run", "kind", "n"), True),)
