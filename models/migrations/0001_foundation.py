"""The foundation's tables, as frozen copies: a later change of models/ does not change history."""

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
    class Merchant(Model):
        id = UUIDField(primary_key=True)
        slug = CharField(unique=True, max_length=40)
        name = CharField(max_length=120)
        currency = CharField(max_length=3)
        country = CharField(max_length=2)
        zone = CharField(max_length=64)
        locale = CharField(max_length=16, default="en")
        brand = CharField(max_length=7, default="#0f5c5c")
        brand_ink = CharField(max_length=7, default="#ffffff")
        contact_email = CharField(max_length=254, default="")
        contact_phone = CharField(max_length=40, default="")
        hours = CharField(max_length=120, default="")
        collect_hour = IntegerField(default=9)
        order_prefix = CharField(max_length=8, default="")
        next_order = IntegerField(default=1)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "merchant"

    db.create_tables([Merchant])

    class Account(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        email = CharField(max_length=254)
        name = CharField(max_length=160)
        password_hash = TextField(null=True)
        password_version = IntegerField(default=0)
        confirmed_at = UtcDateTime(null=True)
        signed_in_at = UtcDateTime(null=True)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "account"
            indexes = ((("merchant", "email"), True),)

    db.create_tables([Account])

    class Customer(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        reference = CharField(null=True, max_length=64)
        name = CharField(max_length=160)
        email = CharField(index=True, max_length=254, default="")
        phone = CharField(max_length=40, default="")
        invited_at = UtcDateTime(null=True)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "customer"
            indexes = ((("merchant", "reference"), True), (("merchant", "email"), False))

    db.create_tables([Customer])

    class Access(Model):
        id = UUIDField(primary_key=True)
        account = ForeignKeyField(Account)
        customer = ForeignKeyField(Customer)
        source = Choice(max_length=32)
        granted_at = UtcDateTime()
        revoked_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "access"
            indexes = ((("account", "customer"), True),)

    db.create_tables([Access])

    class Address(Model):
        id = UUIDField(primary_key=True)
        customer = ForeignKeyField(Customer)
        kind = CharField(max_length=12, default="billing")
        street = TextField(default="")
        city = CharField(max_length=120, default="")
        region = CharField(max_length=120, default="")
        postcode = CharField(max_length=20, default="")
        country = CharField(max_length=2, default="")

        class Meta:
            database = db
            table_name = "address"

    db.create_tables([Address])

    class GatewayAccount(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        gateway = CharField(max_length=16, default="stripe")
        livemode = BooleanField()
        external_id = CharField(max_length=64)
        secret = TextField()
        webhook_secret = TextField(null=True)
        webhook_secret_next = TextField(null=True)
        path_token = CharField(unique=True, max_length=64)
        active = BooleanField(default=True)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "gateway_account"
            indexes = ((("gateway", "external_id", "livemode"), True),)

    db.create_tables([GatewayAccount])

    class PaymentMethod(Model):
        id = UUIDField(primary_key=True)
        customer = ForeignKeyField(Customer)
        gateway_account = ForeignKeyField(GatewayAccount)
        gateway_ref = CharField(max_length=64)
        gateway_customer = CharField(max_length=64)
        kind = CharField(max_length=24)
        brand = CharField(max_length=60)
        last4 = CharField(max_length=4)
        exp_month = IntegerField(null=True)
        exp_year = IntegerField(null=True)
        funding = CharField(null=True, max_length=16)
        fingerprint = CharField(max_length=64)
        state = Choice(max_length=32, default="usable")
        state_reason = CharField(null=True, max_length=64)
        declined_at = UtcDateTime(null=True)
        decline_code = CharField(null=True, max_length=64)
        is_default = BooleanField(default=False)
        verify_url = TextField(null=True)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "payment_method"
            indexes = ((("gateway_account", "gateway_ref"), True),)

    db.create_tables([PaymentMethod])

    class Consent(Model):
        id = UUIDField(primary_key=True)
        customer = ForeignKeyField(Customer)
        method = ForeignKeyField(PaymentMethod)
        scope = Choice(max_length=32)
        order_id = CharField(null=True, max_length=36)
        text_version = CharField(max_length=16)
        text = TextField()
        shown_at = UtcDateTime()
        ip = CharField(max_length=45, default="")
        agent = CharField(default="")
        revoked_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "consent"

    db.create_tables([Consent])

    class BillingSchedule(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        customer = ForeignKeyField(Customer)
        title = CharField(max_length=160)
        amount = Minor()
        currency = CharField(max_length=3)
        cadence = Choice(max_length=32, default="month")
        every = IntegerField(default=1)
        anchor_day = IntegerField()
        starts_on = DateField()
        next_on = DateField(null=True)
        ends_on = DateField(null=True)
        method = ForeignKeyField(PaymentMethod, null=True)
        consent = ForeignKeyField(Consent, null=True)
        state = Choice(max_length=32, default="active")
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "billing_schedule"
            indexes = ((("state", "next_on"), False),)

    db.create_tables([BillingSchedule])

    class Order(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        customer = ForeignKeyField(Customer)
        number = CharField(max_length=40)
        title = CharField(max_length=200)
        currency = CharField(max_length=3)
        total = Minor()
        adjusted = Minor(default=0)
        paid = Minor(default=0)
        open = Minor()
        due_on = DateField()
        placed_at = UtcDateTime()
        collect = Choice(max_length=32, default="manual")
        collect_at = UtcDateTime(null=True)
        method = ForeignKeyField(PaymentMethod, null=True)
        consent = ForeignKeyField(Consent, null=True)
        schedule = ForeignKeyField(BillingSchedule, null=True)
        source = Choice(max_length=32)
        import_key = CharField(null=True, max_length=80)
        disputed = BooleanField(default=False)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "orders"
            constraints = [Check("open >= 0"), Check("open = total - adjusted - paid")]
            indexes = (
                (("merchant", "number"), True),
                (("merchant", "import_key"), True),
                (("customer", "open", "due_on"), False),
                (("customer", "placed_at"), False),
            )

    db.create_tables([Order])

    class Adjustment(Model):
        id = UUIDField(primary_key=True)
        order = ForeignKeyField(Order)
        kind = Choice(max_length=32)
        amount = Minor()
        source = CharField(null=True, max_length=36)
        note = TextField(default="")
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "adjustment"

    db.create_tables([Adjustment])

    class PayIntention(Model):
        id = UUIDField(primary_key=True)
        handle = CharField(unique=True, max_length=48)
        merchant = ForeignKeyField(Merchant)
        customer = ForeignKeyField(Customer)
        account = ForeignKeyField(Account, null=True)
        link = CharField(null=True, max_length=36)
        currency = CharField(max_length=3)
        method = ForeignKeyField(PaymentMethod, null=True)
        back_to = CharField(max_length=16, default="pay")
        setup_ref = CharField(null=True, max_length=96)
        setup_count = IntegerField(default=0)
        created_at = UtcDateTime()
        expires_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "pay_intention"

    db.create_tables([PayIntention])

    class Payment(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        customer = ForeignKeyField(Customer)
        gateway_account = ForeignKeyField(GatewayAccount, null=True)
        method = ForeignKeyField(PaymentMethod, null=True)
        external = CharField(null=True, max_length=12)
        amount = Minor(constraints=[Check("amount > 0")])
        currency = CharField(max_length=3)
        origin = Choice(max_length=32)
        state = Choice(max_length=32, default="open")
        account = ForeignKeyField(Account, null=True)
        intention = ForeignKeyField(PayIntention, null=True)
        press = IntegerField(null=True)
        created_at = UtcDateTime()
        closed_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "payment"
            indexes = (
                (("intention", "press"), True),
                (("customer", "created_at"), False),
                (("merchant", "created_at"), False),
            )

    db.create_tables([Payment])

    class Allocation(Model):
        id = UUIDField(primary_key=True)
        payment = ForeignKeyField(Payment)
        order = ForeignKeyField(Order)
        amount = Minor(constraints=[Check("amount >= 0")])

        class Meta:
            database = db
            table_name = "allocation"
            indexes = ((("payment", "order"), True),)

    db.create_tables([Allocation])

    class Attempt(Model):
        id = UUIDField(primary_key=True)
        payment = ForeignKeyField(Payment)
        n = IntegerField(default=1)
        gateway_account = ForeignKeyField(GatewayAccount)
        method = ForeignKeyField(PaymentMethod)
        gateway_ref = CharField(null=True, max_length=64)
        state = Choice(max_length=32, default="reserved")
        amount = Minor(constraints=[Check("amount > 0")])
        currency = CharField(max_length=3)
        fingerprint = CharField(max_length=64)
        off_session = BooleanField()
        mandate_ip = CharField(null=True, max_length=45)
        mandate_agent = CharField(null=True)
        epoch = IntegerField(default=0)
        lease_until = UtcDateTime(null=True)
        next_look_at = UtcDateTime(null=True)
        looks = IntegerField(default=0)
        reserved_at = UtcDateTime()
        sent_at = UtcDateTime(null=True)
        state_since = UtcDateTime()
        closed_at = UtcDateTime(null=True)
        charge_ref = CharField(null=True, max_length=64)
        decline_code = CharField(null=True, max_length=64)
        network_code = CharField(null=True, max_length=16)
        advice = CharField(null=True, max_length=16)
        hard = BooleanField(null=True)
        action_url = TextField(null=True)
        final_on = DateField(null=True)
        note = CharField(null=True, max_length=120)

        class Meta:
            database = db
            table_name = "attempt"
            indexes = (
                (("payment", "n"), True),
                (("gateway_account", "gateway_ref"), True),
                (("gateway_account", "fingerprint", "closed_at"), False),
            )

    db.create_tables([Attempt])

    class CardUse(Model):
        id = UUIDField(primary_key=True)
        gateway_account = ForeignKeyField(GatewayAccount)
        fingerprint = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "card_use"
            indexes = ((("gateway_account", "fingerprint"), True),)

    db.create_tables([CardUse])

    class Dispute(Model):
        id = UUIDField(primary_key=True)
        payment = ForeignKeyField(Payment)
        gateway_account = ForeignKeyField(GatewayAccount)
        gateway_ref = CharField(max_length=64)
        kind = CharField(max_length=16)
        code = CharField(max_length=32, default="")
        amount = Minor()
        currency = CharField(max_length=3)
        state = Choice(max_length=32, default="open")
        opened_at = UtcDateTime()
        closed_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "dispute"
            indexes = ((("gateway_account", "gateway_ref"), True),)

    db.create_tables([Dispute])

    class Event(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant, null=True)
        kind = CharField(max_length=48)
        at = UtcDateTime()
        actor = CharField(max_length=16)
        actor_id = CharField(null=True, max_length=36)
        customer_id = CharField(null=True, max_length=36)
        subject_id = CharField(null=True, max_length=36)
        facts = TextField(default="{}")

        class Meta:
            database = db
            table_name = "event"
            indexes = ((("merchant", "kind", "at"), False), (("customer_id", "at"), False))

    db.create_tables([Event])

    class Fact(Model):
        id = UUIDField(primary_key=True)
        key = CharField(unique=True, max_length=40)
        value = TextField()

        class Meta:
            database = db
            table_name = "fact"

    db.create_tables([Fact])

    class GatewayCustomer(Model):
        id = UUIDField(primary_key=True)
        customer = ForeignKeyField(Customer)
        gateway_account = ForeignKeyField(GatewayAccount)
        gateway_ref = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "gateway_customer"
            indexes = ((("gateway_account", "gateway_ref"), True),)

    db.create_tables([GatewayCustomer])

    class IntentionOrder(Model):
        id = UUIDField(primary_key=True)
        intention = ForeignKeyField(PayIntention)
        order = ForeignKeyField(Order)
        amount = Minor()

        class Meta:
            database = db
            table_name = "intention_order"
            indexes = ((("intention", "order"), True),)

    db.create_tables([IntentionOrder])

    class Journal(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        kind = CharField(max_length=24)
        source = CharField(max_length=64)
        at = UtcDateTime()

        class Meta:
            database = db
            table_name = "journal"
            indexes = ((("kind", "source"), True),)

    db.create_tables([Journal])

    class Staff(Model):
        id = UUIDField(primary_key=True)
        email = CharField(unique=True, max_length=254)
        name = CharField(max_length=120)
        password_hash = TextField(null=True)
        password_version = IntegerField(default=0)
        operator = BooleanField(default=False)
        disabled_at = UtcDateTime(null=True)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "staff"

    db.create_tables([Staff])

    class LinkToken(Model):
        id = UUIDField(primary_key=True)
        purpose = Choice(max_length=32)
        token_hash = CharField(unique=True, max_length=64)
        account = ForeignKeyField(Account, null=True)
        staff = ForeignKeyField(Staff, null=True)
        subject = CharField(null=True, max_length=36)
        password_version = IntegerField(default=0)
        created_at = UtcDateTime()
        expires_at = UtcDateTime()
        used_at = UtcDateTime(null=True)
        superseded_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "link_token"
            indexes = ((("account", "purpose"), False), (("subject",), False))

    db.create_tables([LinkToken])

    class Mail(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant, null=True)
        template = CharField(max_length=40)
        to_address = CharField(max_length=254)
        to_name = CharField(max_length=160, default="")
        facts = TextField(default="{}")
        dedup_key = CharField(unique=True, max_length=120)
        state = Choice(max_length=32, default="due")
        due_at = UtcDateTime()
        tries = IntegerField(default=0)
        lease_until = UtcDateTime(null=True)
        sent_at = UtcDateTime(null=True)
        result = CharField(max_length=200, default="")
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "mail"
            indexes = ((("state", "due_at"), False),)

    db.create_tables([Mail])

    class Membership(Model):
        id = UUIDField(primary_key=True)
        staff = ForeignKeyField(Staff)
        merchant = ForeignKeyField(Merchant)
        role = Choice(max_length=32)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "membership"
            indexes = ((("staff", "merchant"), True),)

    db.create_tables([Membership])

    class OrderHold(Model):
        order = ForeignKeyField(Order, primary_key=True)
        attempt = ForeignKeyField(Attempt)

        class Meta:
            database = db
            table_name = "order_hold"

    db.create_tables([OrderHold])

    class OrderLine(Model):
        id = UUIDField(primary_key=True)
        order = ForeignKeyField(Order)
        position = IntegerField()
        kind = Choice(max_length=32, default="item")
        title = CharField(max_length=200)
        quantity = DecimalField(max_digits=14, decimal_places=4)
        total = Minor()

        class Meta:
            database = db
            table_name = "order_line"

    db.create_tables([OrderLine])

    class Recovery(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant)
        customer = ForeignKeyField(Customer)
        order = ForeignKeyField(Order)
        attempt = ForeignKeyField(Attempt)
        amount = Minor()
        currency = CharField(max_length=3)
        reason = CharField(max_length=64)
        state = Choice(max_length=32, default="open")
        by = Choice(null=True, max_length=32)
        payment = ForeignKeyField(Payment, null=True)
        note = TextField(default="")
        opened_at = UtcDateTime()
        closed_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "recovery"
            indexes = ((("merchant", "opened_at"), False),)

    db.create_tables([Recovery])

    class PlannedTry(Model):
        id = UUIDField(primary_key=True)
        recovery = ForeignKeyField(Recovery)
        n = IntegerField()
        due_at = UtcDateTime()
        method = ForeignKeyField(PaymentMethod)
        state = Choice(max_length=32, default="planned")
        slots = TextField()
        probability = CharField(max_length=12)
        reason = TextField()
        attempt = ForeignKeyField(Attempt, null=True)
        created_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "planned_try"
            indexes = ((("recovery", "n"), True), (("state", "due_at"), False))

    db.create_tables([PlannedTry])

    class Posting(Model):
        id = UUIDField(primary_key=True)
        journal = ForeignKeyField(Journal)
        account = CharField(index=True, max_length=80)
        amount = Minor()
        currency = CharField(max_length=3)

        class Meta:
            database = db
            table_name = "posting"

    db.create_tables([Posting])

    class Receipt(Model):
        id = UUIDField(primary_key=True)
        payment = ForeignKeyField(Payment, unique=True)
        merchant = ForeignKeyField(Merchant)
        number = CharField(max_length=12)
        issued_at = UtcDateTime()
        reversed_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "receipt"
            indexes = ((("merchant", "number"), True),)

    db.create_tables([Receipt])

    class Refund(Model):
        id = UUIDField(primary_key=True)
        payment = ForeignKeyField(Payment)
        gateway_account = ForeignKeyField(GatewayAccount, null=True)
        amount = Minor(constraints=[Check("amount > 0")])
        currency = CharField(max_length=3)
        state = Choice(max_length=32, default="reserved")
        gateway_ref = CharField(null=True, max_length=64)
        still_owed = BooleanField(default=False)
        reason = TextField(default="")
        next_look_at = UtcDateTime(null=True)
        created_at = UtcDateTime()
        closed_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "refund"
            indexes = ((("gateway_account", "gateway_ref"), True),)

    db.create_tables([Refund])

    class RefundAllocation(Model):
        id = UUIDField(primary_key=True)
        refund = ForeignKeyField(Refund)
        order = ForeignKeyField(Order)
        amount = Minor(constraints=[Check("amount > 0")])

        class Meta:
            database = db
            table_name = "refund_allocation"

    db.create_tables([RefundAllocation])

    class Session(Model):
        id = UUIDField(primary_key=True)
        token_hash = CharField(unique=True, max_length=64)
        audience = Choice(max_length=32)
        account = ForeignKeyField(Account, null=True)
        staff = ForeignKeyField(Staff, null=True)
        customer = ForeignKeyField(Customer, null=True)
        created_at = UtcDateTime()
        seen_at = UtcDateTime()
        expires_at = UtcDateTime()
        revoked_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "session"

    db.create_tables([Session])

    class Throttle(Model):
        id = UUIDField(primary_key=True)
        key = CharField(unique=True, max_length=64)
        count = IntegerField(default=0)
        since = UtcDateTime()
        until = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "throttle"

    db.create_tables([Throttle])

    class Tick(Model):
        id = UUIDField(primary_key=True)
        name = CharField(max_length=40)
        due_at = UtcDateTime()
        lease_until = UtcDateTime(null=True)
        done_at = UtcDateTime(null=True)
        result = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "tick"
            indexes = ((("name", "due_at"), True), (("done_at",), False))

    db.create_tables([Tick])

    class UnreachableAddress(Model):
        id = UUIDField(primary_key=True)
        address_hash = CharField(unique=True, max_length=64)
        since = UtcDateTime()
        result = CharField(max_length=200)

        class Meta:
            database = db
            table_name = "unreachable_address"

    db.create_tables([UnreachableAddress])

    class WebhookEvent(Model):
        id = UUIDField(primary_key=True)
        gateway_account = ForeignKeyField(GatewayAccount)
        event_id = CharField(max_length=96)
        kind = CharField(max_length=64)
        object_id = CharField(max_length=96)
        object_kind = CharField(max_length=32, default="")
        reference = CharField(null=True, max_length=96)
        attempt_ref = CharField(null=True, max_length=64)
        state = Choice(max_length=32, default="received")
        received_at = UtcDateTime()
        due_at = UtcDateTime(null=True)
        tries = IntegerField(default=0)
        note = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "webhook_event"
            indexes = ((("gateway_account", "event_id"), True), (("state", "due_at"), False))

    db.create_tables([WebhookEvent])

    for statement in (
        "CREATE UNIQUE INDEX paymentmethod_one_per_fingerprint ON payment_method (customer_id, gateway_account_id, fingerprint) WHERE state <> 'detached'",
        "CREATE UNIQUE INDEX paymentmethod_one_default ON payment_method (customer_id) WHERE is_default",
        "CREATE INDEX orders_to_collect ON orders (collect_at) WHERE collect_at IS NOT NULL",
        "CREATE INDEX attempt_to_look_at ON attempt (next_look_at) WHERE next_look_at IS NOT NULL",
        "CREATE UNIQUE INDEX recovery_one_open_per_order ON recovery (order_id) WHERE state = 'open'",
        "CREATE UNIQUE INDEX refund_one_open ON refund (payment_id) WHERE state IN ('reserved', 'sending', 'unknown')",
    ):
        db.execute_sql(statement)


def down(migrator, db):
    migrator.migrate(migrator.drop_table("webhook_event"))
    migrator.migrate(migrator.drop_table("unreachable_address"))
    migrator.migrate(migrator.drop_table("tick"))
    migrator.migrate(migrator.drop_table("throttle"))
    migrator.migrate(migrator.drop_table("session"))
    migrator.migrate(migrator.drop_table("refund_allocation"))
    migrator.migrate(migrator.drop_table("refund"))
    migrator.migrate(migrator.drop_table("receipt"))
    migrator.migrate(migrator.drop_table("posting"))
    migrator.migrate(migrator.drop_table("planned_try"))
    migrator.migrate(migrator.drop_table("recovery"))
    migrator.migrate(migrator.drop_table("order_line"))
    migrator.migrate(migrator.drop_table("order_hold"))
    migrator.migrate(migrator.drop_table("membership"))
    migrator.migrate(migrator.drop_table("mail"))
    migrator.migrate(migrator.drop_table("link_token"))
    migrator.migrate(migrator.drop_table("staff"))
    migrator.migrate(migrator.drop_table("journal"))
    migrator.migrate(migrator.drop_table("intention_order"))
    migrator.migrate(migrator.drop_table("gateway_customer"))
    migrator.migrate(migrator.drop_table("fact"))
    migrator.migrate(migrator.drop_table("event"))
    migrator.migrate(migrator.drop_table("dispute"))
    migrator.migrate(migrator.drop_table("card_use"))
    migrator.migrate(migrator.drop_table("attempt"))
    migrator.migrate(migrator.drop_table("allocation"))
    migrator.migrate(migrator.drop_table("payment"))
    migrator.migrate(migrator.drop_table("pay_intention"))
    migrator.migrate(migrator.drop_table("adjustment"))
    migrator.migrate(migrator.drop_table("orders"))
    migrator.migrate(migrator.drop_table("billing_schedule"))
    migrator.migrate(migrator.drop_table("consent"))
    migrator.migrate(migrator.drop_table("payment_method"))
    migrator.migrate(migrator.drop_table("gateway_account"))
    migrator.migrate(migrator.drop_table("address"))
    migrator.migrate(migrator.drop_table("access"))
    migrator.migrate(migrator.drop_table("customer"))
    migrator.migrate(migrator.drop_table("account"))
    migrator.migrate(migrator.drop_table("merchant"))
