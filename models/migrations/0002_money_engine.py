"""What the money engine needs: schedules that run, policies, promises, mandates, refunds and disputes in full."""

from datetime import UTC, datetime

from peewee import (
    BooleanField,
    CharField,
    Check,
    DateField,
    DecimalField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)

from models.fields import Choice, Minor, UtcDateTime


def up(migrator, db):
    class Account(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "account"

    class BillingSchedule(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "billing_schedule"

    class Customer(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "customer"

    class Dispute(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "dispute"

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

    class PaymentMethod(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "payment_method"

    class Recovery(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "recovery"

    class Difference(Model):
        id = UUIDField(primary_key=True)
        gateway_account = ForeignKeyField(GatewayAccount)
        kind = CharField(max_length=32)
        reference = CharField(max_length=96)
        detail = CharField(max_length=200, default="")
        amount = Minor(null=True)
        currency = CharField(null=True, max_length=3)
        found_at = UtcDateTime()
        seen_at = UtcDateTime()
        settled_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "difference"
            indexes = ((("gateway_account", "kind", "reference"), True),)

    db.create_tables([Difference])

    class DisputeAllocation(Model):
        id = UUIDField(primary_key=True)
        dispute = ForeignKeyField(Dispute)
        order = ForeignKeyField(Order)
        amount = Minor(constraints=[Check("amount > 0")])

        class Meta:
            database = db
            table_name = "dispute_allocation"

    db.create_tables([DisputeAllocation])

    class Mandate(Model):
        id = UUIDField(primary_key=True)
        method = ForeignKeyField(PaymentMethod)
        gateway_ref = CharField(null=True, max_length=64)
        text_version = CharField(max_length=16)
        text = TextField()
        accepted_at = UtcDateTime()
        ip = CharField(max_length=45, default="")
        agent = CharField(default="")
        voided_at = UtcDateTime(null=True)
        void_reason = CharField(null=True, max_length=64)

        class Meta:
            database = db
            table_name = "mandate"

    db.create_tables([Mandate])

    class MerchantPolicy(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant, unique=True)
        tries = IntegerField(default=8)
        window_days = IntegerField(default=27)
        spacing = CharField(max_length=80, default="1,2,3,5,7,10,15,24")
        bank_tries = IntegerField(default=2)
        hour = IntegerField(null=True)
        explore_percent = IntegerField(default=10)
        backup_after = IntegerField(default=2)
        end_action = Choice(max_length=32, default="leave")
        promise_days = IntegerField(default=14)
        part_payments = BooleanField(default=True)
        part_floor = Minor(default=0)
        bill_days_ahead = IntegerField(default=3)
        tell_before_charge = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "merchant_policy"

    db.create_tables([MerchantPolicy])

    class Promise(Model):
        id = UUIDField(primary_key=True)
        recovery = ForeignKeyField(Recovery)
        order = ForeignKeyField(Order)
        customer = ForeignKeyField(Customer)
        account = ForeignKeyField(Account, null=True)
        day = DateField()
        method = ForeignKeyField(PaymentMethod, null=True)
        state = Choice(max_length=32, default="open")
        due_at = UtcDateTime(null=True)
        made_at = UtcDateTime()
        closed_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "promise"

    db.create_tables([Promise])

    class ScheduleLine(Model):
        id = UUIDField(primary_key=True)
        schedule = ForeignKeyField(BillingSchedule)
        position = IntegerField()
        kind = Choice(max_length=32, default="item")
        title = CharField(max_length=200)
        quantity = DecimalField(max_digits=14, decimal_places=4)
        total = Minor()

        class Meta:
            database = db
            table_name = "schedule_line"

    db.create_tables([ScheduleLine])

    class ScheduleRun(Model):
        id = UUIDField(primary_key=True)
        schedule = ForeignKeyField(BillingSchedule)
        due_on = DateField()
        state = Choice(max_length=32)
        order = ForeignKeyField(Order, unique=True, null=True)
        made_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "schedule_run"
            indexes = ((("schedule", "due_on"), True),)

    db.create_tables([ScheduleRun])

    migrator.migrate(migrator.add_column("gateway_account", "charges_a_second", IntegerField(default=10)))
    migrator.migrate(migrator.add_column("gateway_account", "paced_until", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("consent", "rank", IntegerField(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "hour", IntegerField(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "run_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "runs_left", IntegerField(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "next_amount", Minor(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "next_amount_from", DateField(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "paused_until", DateField(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "ended_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("billing_schedule", "note", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("billing_schedule", "reference", CharField(null=True, max_length=80)))
    migrator.migrate(migrator.add_column("orders", "lease_until", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("payment", "received_on", DateField(null=True)))
    migrator.migrate(migrator.add_column("payment", "note", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("dispute", "reason", CharField(max_length=64, default="")))
    migrator.migrate(migrator.add_column("dispute", "lost_as", Choice(null=True, max_length=32)))
    migrator.migrate(migrator.add_column("dispute", "answer_by", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("intention_order", "part", Minor(null=True)))
    migrator.migrate(migrator.add_column("payment_method", "setup_ref", CharField(null=True, max_length=96)))
    migrator.migrate(migrator.add_column("pay_intention", "next_handle", CharField(null=True, max_length=48)))
    migrator.migrate(
        migrator.add_column("planned_try", "merchant_id", ForeignKeyField(Merchant, Merchant.id, null=True))
    )
    db.execute_sql(
        "UPDATE planned_try SET merchant_id = (SELECT merchant_id FROM recovery WHERE recovery.id = recovery_id)"
    )
    migrator.migrate(migrator.add_not_null("planned_try", "merchant_id"))
    migrator.migrate(migrator.add_column("planned_try", "rule", CharField(max_length=24, default="")))
    migrator.migrate(migrator.add_column("planned_try", "lease_until", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("recovery", "why", CharField(max_length=16, default="")))
    migrator.migrate(migrator.add_column("refund", "elsewhere", BooleanField(default=False)))
    migrator.migrate(migrator.add_column("refund", "failure", CharField(null=True, max_length=64)))
    migrator.migrate(migrator.add_column("refund", "epoch", IntegerField(default=0)))
    migrator.migrate(migrator.add_column("refund", "lease_until", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("refund", "looks", IntegerField(default=0)))
    migrator.migrate(migrator.add_column("refund", "sent_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("refund", "state_since", UtcDateTime(null=True)))
    db.execute_sql("UPDATE refund SET state_since = created_at")
    migrator.migrate(migrator.add_not_null("refund", "state_since"))
    migrator.migrate(migrator.add_column("webhook_event", "intent_ref", CharField(null=True, max_length=96)))
    migrator.migrate(migrator.add_index("billing_schedule", ("merchant_id", "reference"), unique=True))

    for statement in (
        "CREATE INDEX billingschedule_to_run ON billing_schedule (run_at) WHERE run_at IS NOT NULL",
        "CREATE UNIQUE INDEX plannedtry_one_planned_per_recovery ON planned_try (recovery_id) WHERE state = 'planned'",
        "CREATE UNIQUE INDEX promise_one_open_per_order ON promise (order_id) WHERE state = 'open'",
        "CREATE INDEX plannedtry_to_make ON planned_try (merchant_id, due_at) WHERE state = 'planned'",
        "CREATE INDEX orders_to_collect_by_merchant ON orders (merchant_id, collect_at) WHERE collect_at IS NOT NULL",
        "CREATE INDEX promise_to_judge ON promise (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX refund_to_look_at ON refund (next_look_at) WHERE next_look_at IS NOT NULL",
    ):
        db.execute_sql(statement)
    _wake_schedules(db)


def _wake_schedules(db):
    """The version before billed no schedules: one whose date has passed must not bill the missed periods at once."""

    class Schedule(Model):
        id = UUIDField(primary_key=True)
        state = CharField()
        next_on = DateField(null=True)
        run_at = UtcDateTime(null=True)
        note = CharField()

        class Meta:
            database = db
            table_name = "billing_schedule"

    now = datetime.now(UTC)
    for row in Schedule.select().where((Schedule.state == "active") & Schedule.next_on.is_null(False)):
        if row.next_on > now.date():
            values = {"run_at": now}  # looked at once; it then finds its own moment
        else:
            values = {"state": "paused", "note": "Its date had passed before schedules were billed. Set a new one."}
        Schedule.update(**values).where(Schedule.id == row.id).execute()


def down(migrator, db):
    db.execute_sql("DROP INDEX billingschedule_to_run")
    db.execute_sql("DROP INDEX plannedtry_one_planned_per_recovery")
    db.execute_sql("DROP INDEX plannedtry_to_make")
    db.execute_sql("DROP INDEX orders_to_collect_by_merchant")
    db.execute_sql("DROP INDEX refund_to_look_at")
    migrator.migrate(migrator.drop_index("billing_schedule", "billing_schedule_merchant_id_reference"))
    migrator.migrate(migrator.drop_column("webhook_event", "intent_ref"))
    migrator.migrate(migrator.drop_column("refund", "state_since"))
    migrator.migrate(migrator.drop_column("refund", "sent_at"))
    migrator.migrate(migrator.drop_column("refund", "looks"))
    migrator.migrate(migrator.drop_column("refund", "lease_until"))
    migrator.migrate(migrator.drop_column("refund", "epoch"))
    migrator.migrate(migrator.drop_column("refund", "failure"))
    migrator.migrate(migrator.drop_column("refund", "elsewhere"))
    migrator.migrate(migrator.drop_column("recovery", "why"))
    migrator.migrate(migrator.drop_column("planned_try", "lease_until"))
    migrator.migrate(migrator.drop_column("planned_try", "rule"))
    migrator.migrate(migrator.drop_column("planned_try", "merchant_id"))
    migrator.migrate(migrator.drop_column("pay_intention", "next_handle"))
    migrator.migrate(migrator.drop_column("payment_method", "setup_ref"))
    migrator.migrate(migrator.drop_column("intention_order", "part"))
    migrator.migrate(migrator.drop_column("dispute", "answer_by"))
    migrator.migrate(migrator.drop_column("dispute", "lost_as"))
    migrator.migrate(migrator.drop_column("dispute", "reason"))
    migrator.migrate(migrator.drop_column("payment", "note"))
    migrator.migrate(migrator.drop_column("payment", "received_on"))
    migrator.migrate(migrator.drop_column("orders", "lease_until"))
    migrator.migrate(migrator.drop_column("billing_schedule", "reference"))
    migrator.migrate(migrator.drop_column("billing_schedule", "note"))
    migrator.migrate(migrator.drop_column("billing_schedule", "ended_at"))
    migrator.migrate(migrator.drop_column("billing_schedule", "paused_until"))
    migrator.migrate(migrator.drop_column("billing_schedule", "next_amount_from"))
    migrator.migrate(migrator.drop_column("billing_schedule", "next_amount"))
    migrator.migrate(migrator.drop_column("billing_schedule", "runs_left"))
    migrator.migrate(migrator.drop_column("billing_schedule", "run_at"))
    migrator.migrate(migrator.drop_column("billing_schedule", "hour"))
    migrator.migrate(migrator.drop_column("consent", "rank"))
    migrator.migrate(migrator.drop_column("gateway_account", "paced_until"))
    migrator.migrate(migrator.drop_column("gateway_account", "charges_a_second"))
    migrator.migrate(migrator.drop_table("schedule_run"))
    migrator.migrate(migrator.drop_table("schedule_line"))
    migrator.migrate(migrator.drop_table("promise"))
    migrator.migrate(migrator.drop_table("merchant_policy"))
    migrator.migrate(migrator.drop_table("mandate"))
    migrator.migrate(migrator.drop_table("dispute_allocation"))
    migrator.migrate(migrator.drop_table("difference"))
