"""What operators need: measures, runs of work, stops, acts, evidence, decisions, alarms."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)

from models.fields import Choice, Minor, UtcDateTime


def up(migrator, db):
    class Attempt(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "attempt"

    class Difference(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "difference"

    class Merchant(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "merchant"

    class Refund(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "refund"

    class Staff(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    class Alarm(Model):
        id = UUIDField(primary_key=True)
        rule = CharField(max_length=32)
        subject = CharField(max_length=80, default="")
        merchant = ForeignKeyField(Merchant, null=True)
        opened_at = UtcDateTime()
        seen_at = UtcDateTime()
        cleared_at = UtcDateTime(null=True)
        value = BigIntegerField(default=0)
        bound = BigIntegerField(default=0)
        customers = IntegerField(default=0)
        facts = TextField(default="{}")
        acknowledged_at = UtcDateTime(null=True)
        acknowledged_by = ForeignKeyField(Staff, null=True)
        note = CharField(max_length=200, default="")
        told_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "alarm"
            indexes = ((("opened_at",), False),)

    db.create_tables([Alarm])

    class AlarmCall(Model):
        id = UUIDField(primary_key=True)
        alarm = ForeignKeyField(Alarm)
        what = CharField(max_length=8)
        due_at = UtcDateTime(null=True)
        lease_until = UtcDateTime(null=True)
        tries = IntegerField(default=0)
        sent_at = UtcDateTime(null=True)
        result = CharField(max_length=80, default="")
        made_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "alarm_call"

    db.create_tables([AlarmCall])

    class AlarmLimit(Model):
        id = UUIDField(primary_key=True)
        rule = CharField(max_length=32)
        subject = CharField(max_length=80, default="")
        value = BigIntegerField()
        set_by = ForeignKeyField(Staff)
        set_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "alarm_limit"
            indexes = ((("rule", "subject"), True),)

    db.create_tables([AlarmLimit])

    class Evidence(Model):
        id = UUIDField(primary_key=True)
        attempt = ForeignKeyField(Attempt, null=True)
        refund = ForeignKeyField(Refund, null=True)
        asked_by = ForeignKeyField(Staff)
        at = UtcDateTime()
        answered = BooleanField()
        said = CharField(max_length=40, default="")
        amount = Minor(null=True)
        captured = Minor(null=True)
        currency = CharField(null=True, max_length=3)
        charge_ref = CharField(null=True, max_length=64)
        code = CharField(max_length=64, default="")
        ours = CharField(max_length=24, default="")

        class Meta:
            database = db
            table_name = "evidence"

    db.create_tables([Evidence])

    class Decision(Model):
        id = UUIDField(primary_key=True)
        attempt = ForeignKeyField(Attempt, null=True)
        refund = ForeignKeyField(Refund, null=True)
        difference = ForeignKeyField(Difference, null=True)
        evidence = ForeignKeyField(Evidence, null=True)
        what = CharField(max_length=24)
        reason = CharField(max_length=200)
        staff = ForeignKeyField(Staff)
        at = UtcDateTime()
        led_to = CharField(max_length=24, default="")

        class Meta:
            database = db
            table_name = "decision"

    db.create_tables([Decision])

    class JobRun(Model):
        id = UUIDField(primary_key=True)
        kind = CharField(max_length=16)
        row_id = CharField(max_length=36)
        queue = CharField(max_length=16)
        worker = CharField(max_length=80, default="")
        by = CharField(max_length=8)
        state = Choice(max_length=32)
        ended_at = UtcDateTime()
        wait_ms = BigIntegerField(null=True)
        run_ms = BigIntegerField()
        merchant = ForeignKeyField(Merchant, null=True)
        customer_id = CharField(null=True, max_length=36)
        order_id = CharField(null=True, max_length=36)
        payment_id = CharField(null=True, max_length=36)
        error = CharField(max_length=80, default="")
        error_group = CharField(max_length=16, default="")
        message = CharField(max_length=300, default="")
        trace = TextField(default="")
        settled_at = UtcDateTime(null=True)
        settled_by = ForeignKeyField(Staff, null=True)

        class Meta:
            database = db
            table_name = "job_run"
            indexes = (
                (("row_id", "ended_at"), False),
                (("ended_at",), False),
                (("queue", "ended_at"), False),
                (("kind", "ended_at"), False),
                (("merchant", "ended_at"), False),
                (("customer_id", "ended_at"), False),
                (("order_id", "ended_at"), False),
                (("payment_id", "ended_at"), False),
            )

    db.create_tables([JobRun])

    class Measured(Model):
        id = UUIDField(primary_key=True)
        what = CharField(max_length=24)
        who = CharField(max_length=40)
        span = Choice(max_length=32)
        at = UtcDateTime()
        bucket = IntegerField()
        n = BigIntegerField()
        ms = BigIntegerField()

        class Meta:
            database = db
            table_name = "measured"
            indexes = ((("span", "at", "what", "who", "bucket"), True), (("what", "who", "span", "at"), False))

    db.create_tables([Measured])

    class OperatorAct(Model):
        id = UUIDField(primary_key=True)
        act = CharField(max_length=32)
        staff = ForeignKeyField(Staff, null=True)
        merchant = ForeignKeyField(Merchant, null=True)
        reason = CharField(max_length=200)
        about = CharField(max_length=80, default="")
        picked = CharField(max_length=500, default="")
        done = IntegerField(default=0)
        refused = IntegerField(default=0)
        handle = CharField(unique=True, max_length=36)
        at = UtcDateTime()

        class Meta:
            database = db
            table_name = "operator_act"
            indexes = ((("at",), False),)

    db.create_tables([OperatorAct])

    class Silence(Model):
        id = UUIDField(primary_key=True)
        rule = CharField(max_length=32)
        subject = CharField(max_length=80, default="")
        until = UtcDateTime()
        reason = CharField(max_length=200)
        set_by = ForeignKeyField(Staff)
        set_at = UtcDateTime()
        lifted_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "silence"

    db.create_tables([Silence])

    class Stop(Model):
        id = UUIDField(primary_key=True)
        what = Choice(max_length=32)
        name = CharField(max_length=80)
        merchant = ForeignKeyField(Merchant, null=True)
        drain = BooleanField(default=False)
        reason = CharField(max_length=200)
        set_by = ForeignKeyField(Staff, null=True)
        set_at = UtcDateTime()
        until = UtcDateTime(null=True)
        lifted_at = UtcDateTime(null=True)
        lifted_by = ForeignKeyField(Staff, null=True)

        class Meta:
            database = db
            table_name = "stop"

    db.create_tables([Stop])

    for statement in (
        "CREATE UNIQUE INDEX alarm_one_open ON alarm (rule, subject) WHERE cleared_at IS NULL",
        "CREATE INDEX alarmcall_to_send ON alarm_call (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX attempt_stuck ON attempt (state, state_since) WHERE state IN ('unknown', 'review', 'failed_bug')",
        "CREATE INDEX refund_stuck ON refund (state, state_since) WHERE state IN ('unknown', 'review')",
        "CREATE INDEX event_of_operators ON event (at) WHERE actor IN ('operator', 'command')",
        "CREATE INDEX jobrun_failed ON job_run (ended_at) WHERE state <> 'done'",
        "CREATE INDEX jobrun_failed_by_group ON job_run (error_group, ended_at) WHERE state <> 'done'",
        "CREATE UNIQUE INDEX stop_one_of_a_thing ON stop (what, name) WHERE lifted_at IS NULL",
    ):
        db.execute_sql(statement)


def down(migrator, db):
    db.execute_sql("DROP INDEX attempt_stuck")
    db.execute_sql("DROP INDEX event_of_operators")
    db.execute_sql("DROP INDEX refund_stuck")
    migrator.migrate(migrator.drop_table("stop"))
    migrator.migrate(migrator.drop_table("silence"))
    migrator.migrate(migrator.drop_table("operator_act"))
    migrator.migrate(migrator.drop_table("measured"))
    migrator.migrate(migrator.drop_table("job_run"))
    migrator.migrate(migrator.drop_table("decision"))
    migrator.migrate(migrator.drop_table("evidence"))
    migrator.migrate(migrator.drop_table("alarm_limit"))
    migrator.migrate(migrator.drop_table("alarm_call"))
    migrator.migrate(migrator.drop_table("alarm"))
