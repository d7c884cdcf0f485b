"""What the merchant console needs: rollups, marks, notes, views, brakes, merges, imports, second factors, own texts."""

import unicodedata

from peewee import (
    BlobField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
    UUIDField,
)

from models.fields import Choice, Minor, UtcDateTime

_LOOKED_UP = (  # what the console's search and the pages it leads to ask for
    ("account", ("merchant_id", "signed_in_at")),
    ("payment_method", ("gateway_account_id", "last4")),
    ("payment", ("merchant_id", "amount", "created_at")),
    ("attempt", ("gateway_account_id", "charge_ref")),
    ("orders", ("merchant_id", "total", "placed_at")),
    ("webhook_event", ("gateway_account_id", "object_id")),
    ("webhook_event", ("gateway_account_id", "intent_ref")),
)

# The texts of customers as the search compared them when this was written: domain/customers/folded.py may move on.
_ALIKE = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ٱ": "ا",
        "\u0640": "",
    }
)


def _plain(text):
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_ALIKE)
    return " ".join("".join(_sign(sign) for sign in apart).split())


def _sign(sign):
    if sign.isascii():
        return sign if sign.isprintable() else " "
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    return "" if kind in ("Mn", "Cf") else " " if kind in ("Cc", "Zs", "Zl", "Zp") else sign


def _folded(name, email, phone, reference):
    digits = "".join(sign for sign in _plain(phone) if sign.isdigit() and sign.isascii())
    return "".join(f" {part}" for part in (_plain(name), _plain(email), digits, _plain(reference or "")) if part)[:600]


def _fold_customers(db):
    """Fills the texts of those who are there, a thousand at a time, by ascending id."""
    mark, after = db.param, None
    while True:
        known = f"WHERE id > {mark} " if after is not None else ""
        some = db.execute_sql(
            f"SELECT id, name, email, phone, reference FROM customer {known}ORDER BY id LIMIT 1000",  # noqa: S608
            (after,) if after is not None else (),
        ).fetchall()
        for id_, *own in some:
            db.execute_sql(f"UPDATE customer SET folded = {mark} WHERE id = {mark}", (_folded(*own), id_))  # noqa: S608
        if not some:
            return
        after = some[-1][0]


def up(migrator, db):
    class Customer(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "customer"

    class GatewayAccount(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "gateway_account"

    class Merchant(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "merchant"

    class Order(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "orders"

    class Session(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "session"

    class Staff(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    class Brake(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        gateway_account = ForeignKeyField(GatewayAccount)
        what = CharField(max_length=24)
        reason = CharField(max_length=200, default="")
        set_at = UtcDateTime()
        lifted_at = UtcDateTime(null=True)
        lifted_by = ForeignKeyField(Staff, null=True)
        lifted_why = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "brake"

    db.create_tables([Brake])

    class CaseRollup(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        day = DateField()
        hour = IntegerField()
        weekday = IntegerField()
        currency = CharField(max_length=3)
        code = CharField(max_length=64)
        network = CharField(max_length=60)
        kind = CharField(max_length=24)
        state = CharField(max_length=12)
        planned = IntegerField(default=0)
        by = CharField(max_length=12, default="")
        age = IntegerField(null=True)
        tries = IntegerField(default=0)
        count = IntegerField()
        minor = Minor()
        seconds = Minor(default=0)

        class Meta:
            database = db
            table_name = "case_rollup"
            indexes = ((("merchant", "day"), False),)

    db.create_tables([CaseRollup])

    class CustomerLook(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        staff = ForeignKeyField(Staff)
        session = ForeignKeyField(Session)
        customer = ForeignKeyField(Customer)
        began_at = UtcDateTime()
        until = UtcDateTime()

        class Meta:
            database = db
            table_name = "customer_look"
            indexes = ((("session", "customer"), False),)

    db.create_tables([CustomerLook])

    class DeskMark(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        kind = CharField(max_length=24)
        subject_id = CharField(max_length=36)
        taken_by = ForeignKeyField(Staff, null=True)
        taken_at = UtcDateTime(null=True)
        later_until = DateField(null=True)
        done_by = ForeignKeyField(Staff, null=True)
        done_at = UtcDateTime(null=True)
        note = TextField(default="")
        stamp = CharField(max_length=80, default="")
        did = CharField(max_length=16, default="")
        changed_by = ForeignKeyField(Staff, null=True)
        changed_at = UtcDateTime()
        before = TextField(default="")

        class Meta:
            database = db
            table_name = "desk_mark"
            indexes = ((("merchant", "kind", "subject_id"), True),)

    db.create_tables([DeskMark])

    class DirtyDay(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        what = CharField(max_length=12, default="money")
        day = DateField()
        due_at = UtcDateTime(index=True)

        class Meta:
            database = db
            table_name = "dirty_day"
            indexes = ((("merchant", "what", "day"), False),)

    db.create_tables([DirtyDay])

    class ImportRun(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        staff = ForeignKeyField(Staff)
        what = CharField(max_length=24)
        filename = CharField(max_length=160)
        digest = CharField(max_length=64)
        size = IntegerField()
        mapping = TextField(default="{}")
        options = TextField(default="{}")
        state = Choice(max_length=32, default="uploaded")
        report = TextField(default="{}")
        rows_done = IntegerField(default=0)
        due_at = UtcDateTime(null=True)
        lease_until = UtcDateTime(null=True)
        made_at = UtcDateTime()
        ended_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "import_run"
            indexes = ((("merchant", "made_at"), False),)

    db.create_tables([ImportRun])

    class ImportPart(Model):
        id = UUIDField(primary_key=True)
        run = ForeignKeyField(ImportRun)
        kind = CharField(max_length=12, default="file")
        n = IntegerField()
        data = BlobField()

        class Meta:
            database = db
            table_name = "import_part"
            indexes = ((("run", "kind", "n"), True),)

    db.create_tables([ImportPart])

    class MailText(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        template = CharField(max_length=40)
        locale = CharField(max_length=16)
        subject = CharField(max_length=160, default="")
        words = TextField(default="")
        changed_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "mail_text"
            indexes = ((("merchant", "template", "locale"), True),)

    db.create_tables([MailText])

    class Merge(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        survivor = ForeignKeyField(Customer)
        absorbed = ForeignKeyField(Customer)
        staff = ForeignKeyField(Staff)
        made_at = UtcDateTime()
        undo_until = UtcDateTime()
        undone_at = UtcDateTime(null=True)
        undone_by = ForeignKeyField(Staff, null=True)

        class Meta:
            database = db
            table_name = "merge"

    db.create_tables([Merge])

    class MergeMove(Model):
        id = UUIDField(primary_key=True)
        merge = ForeignKeyField(Merge)
        table_name = CharField(max_length=40)
        row_id = CharField(max_length=36)
        column = CharField(max_length=40)
        before = TextField(null=True)
        after = TextField(null=True)

        class Meta:
            database = db
            table_name = "merge_move"

    db.create_tables([MergeMove])

    class DuplicatePair(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        one = ForeignKeyField(Customer)
        other = ForeignKeyField(Customer)
        score = IntegerField()
        evidence = TextField()
        found_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "duplicate_pair"
            indexes = ((("one", "other"), True), (("merchant", "score"), False))

    db.create_tables([DuplicatePair])

    class NotDuplicate(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        one = ForeignKeyField(Customer)
        other = ForeignKeyField(Customer)
        staff = ForeignKeyField(Staff)
        at = UtcDateTime()

        class Meta:
            database = db
            table_name = "not_duplicate"
            indexes = ((("one", "other"), True),)

    db.create_tables([NotDuplicate])

    class Note(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        customer = ForeignKeyField(Customer)
        order = ForeignKeyField(Order, null=True)
        staff = ForeignKeyField(Staff)
        text = TextField()
        made_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "note"

    db.create_tables([Note])

    class OldSlug(Model):
        id = UUIDField(primary_key=True)
        slug = CharField(unique=True, max_length=40)
        merchant = ForeignKeyField(Merchant)
        retired_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "old_slug"

    db.create_tables([OldSlug])

    class PaidRollup(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        day = DateField()
        currency = CharField(max_length=3)
        channel = CharField(max_length=12)
        kind = CharField(max_length=24, default="")
        network = CharField(max_length=60, default="")
        count = IntegerField()
        minor = Minor()
        refunded = Minor(default=0)
        returned = Minor(default=0)

        class Meta:
            database = db
            table_name = "paid_rollup"
            indexes = ((("merchant", "day"), False),)

    db.create_tables([PaidRollup])

    class ReportState(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant, unique=True)
        since = DateField(null=True)
        counted_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "report_state"

    db.create_tables([ReportState])

    class SavedView(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        staff = ForeignKeyField(Staff)
        name = CharField(max_length=80)
        page = CharField(max_length=40)
        query = CharField(max_length=1000, default="")
        weekly = BooleanField(default=False)
        made_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "saved_view"
            indexes = ((("merchant", "staff", "name"), True),)

    db.create_tables([SavedView])

    class StaffCode(Model):
        id = UUIDField(primary_key=True)
        staff = ForeignKeyField(Staff)
        code_hash = CharField(max_length=64)
        used_at = UtcDateTime(null=True)
        made_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "staff_code"

    db.create_tables([StaffCode])

    class StepRollup(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        month = DateField(null=True)
        campaign = CharField(max_length=40, default="")
        source = CharField(max_length=12, default="")
        step = CharField(max_length=12)
        count = IntegerField()

        class Meta:
            database = db
            table_name = "step_rollup"
            indexes = ((("merchant", "month"), False),)

    db.create_tables([StepRollup])

    class TryRollup(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        day = DateField()
        hour = IntegerField()
        weekday = IntegerField()
        currency = CharField(max_length=3)
        code = CharField(max_length=64)
        network = CharField(max_length=60)
        kind = CharField(max_length=24)
        n = IntegerField()
        channel = CharField(max_length=12)
        count = IntegerField()
        minor = Minor()

        class Meta:
            database = db
            table_name = "try_rollup"
            indexes = ((("merchant", "day"), False),)

    db.create_tables([TryRollup])

    class WeekRollup(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        monday = DateField()
        source = CharField(max_length=12, default="")
        count = IntegerField()
        paid = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "week_rollup"
            indexes = ((("merchant", "monday"), False),)

    db.create_tables([WeekRollup])

    migrator.migrate(migrator.add_column("customer", "folded", TextField(default="")))
    _fold_customers(db)
    migrator.migrate(migrator.add_column("customer", "tries_paused_until", DateField(null=True)))
    migrator.migrate(
        migrator.add_column("customer", "merged_into_id", ForeignKeyField(Customer, field=Customer.id, null=True))
    )
    migrator.migrate(migrator.add_column("staff", "totp_secret", TextField(null=True)))
    migrator.migrate(migrator.add_column("staff", "totp_since", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("staff", "totp_step", IntegerField(null=True)))
    migrator.migrate(migrator.add_column("session", "pending", BooleanField(default=False)))
    migrator.migrate(migrator.add_column("link_token", "opened_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("membership", "digest_hour", IntegerField(null=True)))
    migrator.migrate(migrator.add_column("merchant", "postal_address", CharField(max_length=300, default="")))
    migrator.migrate(migrator.add_column("merchant_policy", "brake_at", IntegerField(default=80)))
    migrator.migrate(migrator.add_column("merchant_policy", "minutes_a_call", IntegerField(default=8)))
    migrator.migrate(migrator.add_column("schedule_run", "by_merchant", BooleanField(default=False)))
    migrator.migrate(migrator.add_index("customer", ("merchant_id", "created_at")))
    migrator.migrate(migrator.add_index("payment", ("merchant_id", "closed_at")))
    migrator.migrate(migrator.add_index("attempt", ("closed_at",)))
    migrator.migrate(migrator.add_index("event", ("merchant_id", "at")))
    migrator.migrate(migrator.add_index("webhook_event", ("gateway_account_id", "received_at")))
    for table, columns in _LOOKED_UP:
        migrator.migrate(migrator.add_index(table, columns))

    for statement in (
        "CREATE UNIQUE INDEX brake_one_set_per_account ON brake (gateway_account_id, what) WHERE lifted_at IS NULL",
        "CREATE INDEX importrun_to_do ON import_run (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX customer_by_folded ON customer (merchant_id, folded, id) WHERE merged_into_id IS NULL",
        "CREATE INDEX orders_open_by_merchant ON orders (merchant_id, customer_id) WHERE open > 0",
        "CREATE INDEX recovery_unsettled_by_merchant ON recovery (merchant_id, customer_id) "
        "WHERE state IN ('open', 'exhausted')",
        "CREATE INDEX attempt_failed_by_account ON attempt (gateway_account_id, closed_at) WHERE state = 'failed'",
        "CREATE INDEX attempt_debits_by_account ON attempt (gateway_account_id, sent_at) WHERE final_on IS NOT NULL",
    ):
        db.execute_sql(statement)
    _write_events_once(db)


def _write_events_once(db):
    """The trail is append-only in the store too. TRUNCATE, which empties a demo, fires no row trigger."""
    if isinstance(db, SqliteDatabase):
        for name, verb in (("unchanged", "UPDATE"), ("undeleted", "DELETE")):
            db.execute_sql(
                f"CREATE TRIGGER event_{name} BEFORE {verb} ON event "
                "BEGIN SELECT RAISE(ABORT, 'events are written once'); END"
            )
        return
    db.execute_sql(
        "CREATE FUNCTION event_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are written once'; END $$"
    )
    db.execute_sql(
        "CREATE TRIGGER event_unchanged BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_is_kept()"
    )


def _let_events_go(db):
    if isinstance(db, SqliteDatabase):
        for name in ("unchanged", "undeleted"):
            db.execute_sql(f"DROP TRIGGER event_{name}")
        return
    db.execute_sql("DROP TRIGGER event_unchanged ON event")
    db.execute_sql("DROP FUNCTION event_is_kept()")


def down(migrator, db):
    _let_events_go(db)
    migrator.migrate(migrator.drop_index("attempt", "attempt_debits_by_account"))
    migrator.migrate(migrator.drop_index("attempt", "attempt_failed_by_account"))
    migrator.migrate(migrator.drop_index("recovery", "recovery_unsettled_by_merchant"))
    migrator.migrate(migrator.drop_index("orders", "orders_open_by_merchant"))
    migrator.migrate(migrator.drop_index("customer", "customer_by_folded"))
    for table, columns in _LOOKED_UP:
        migrator.migrate(migrator.drop_index(table, f"{table}_{'_'.join(columns)}"))
    migrator.migrate(migrator.drop_index("webhook_event", "webhook_event_gateway_account_id_received_at"))
    migrator.migrate(migrator.drop_index("event", "event_merchant_id_at"))
    migrator.migrate(migrator.drop_index("attempt", "attempt_closed_at"))
    migrator.migrate(migrator.drop_index("payment", "payment_merchant_id_closed_at"))
    migrator.migrate(migrator.drop_index("customer", "customer_merged_into_id"))
    migrator.migrate(migrator.drop_index("customer", "customer_merchant_id_created_at"))
    migrator.migrate(migrator.drop_column("schedule_run", "by_merchant"))
    migrator.migrate(migrator.drop_column("merchant_policy", "minutes_a_call"))
    migrator.migrate(migrator.drop_column("merchant_policy", "brake_at"))
    migrator.migrate(migrator.drop_column("merchant", "postal_address"))
    migrator.migrate(migrator.drop_column("membership", "digest_hour"))
    migrator.migrate(migrator.drop_column("link_token", "opened_at"))
    migrator.migrate(migrator.drop_column("session", "pending"))
    migrator.migrate(migrator.drop_column("staff", "totp_step"))
    migrator.migrate(migrator.drop_column("staff", "totp_since"))
    migrator.migrate(migrator.drop_column("staff", "totp_secret"))
    migrator.migrate(migrator.drop_column("customer", "merged_into_id"))
    migrator.migrate(migrator.drop_column("customer", "tries_paused_until"))
    migrator.migrate(migrator.drop_column("customer", "folded"))
    migrator.migrate(migrator.drop_table("week_rollup"))
    migrator.migrate(migrator.drop_table("try_rollup"))
    migrator.migrate(migrator.drop_table("step_rollup"))
    migrator.migrate(migrator.drop_table("staff_code"))
    migrator.migrate(migrator.drop_table("saved_view"))
    migrator.migrate(migrator.drop_table("report_state"))
    migrator.migrate(migrator.drop_table("paid_rollup"))
    migrator.migrate(migrator.drop_table("old_slug"))
    migrator.migrate(migrator.drop_table("note"))
    migrator.migrate(migrator.drop_table("not_duplicate"))
    migrator.migrate(migrator.drop_table("duplicate_pair"))
    migrator.migrate(migrator.drop_table("merge_move"))
    migrator.migrate(migrator.drop_table("merge"))
    migrator.migrate(migrator.drop_table("mail_text"))
    migrator.migrate(migrator.drop_table("import_part"))
    migrator.migrate(migrator.drop_table("import_run"))
    migrator.migrate(migrator.drop_table("dirty_day"))
    migrator.migrate(migrator.drop_table("desk_mark"))
    migrator.migrate(migrator.drop_table("customer_look"))
    migrator.migrate(migrator.drop_table("case_rollup"))
    migrator.migrate(migrator.drop_table("brake"))
