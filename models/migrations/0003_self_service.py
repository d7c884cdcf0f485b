"""What customer self-service needs: contact changes, logos, languages, devices, names of methods, moved runs."""

from peewee import (
    BlobField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    UUIDField,
)

from models.fields import Choice, UtcDateTime


def up(migrator, db):
    class Account(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "account"

    class Customer(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "customer"

    class Merchant(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "merchant"

    class ContactChange(Model):
        id = UUIDField(primary_key=True)
        customer = ForeignKeyField(Customer)
        account = ForeignKeyField(Account)
        what = Choice(max_length=32)
        wanted = CharField(max_length=254)
        state = Choice(max_length=32, default="asked")
        made_at = UtcDateTime()
        ended_at = UtcDateTime(null=True)

        class Meta:
            database = db
            table_name = "contact_change"

    db.create_tables([ContactChange])

    class Logo(Model):
        id = UUIDField(primary_key=True)
        merchant = ForeignKeyField(Merchant, unique=True)
        digest = CharField(max_length=64)
        image = BlobField()
        width = IntegerField()
        height = IntegerField()
        made_at = UtcDateTime()

        class Meta:
            database = db
            table_name = "logo"

    db.create_tables([Logo])

    migrator.migrate(migrator.add_column("merchant", "website", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("merchant", "help_url", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("merchant", "terms_url", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("merchant", "privacy_url", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("merchant", "sign_in_links", BooleanField(default=True)))
    migrator.migrate(migrator.add_column("merchant", "own_contact", BooleanField(default=False)))
    migrator.migrate(migrator.add_column("account", "locale", CharField(null=True, max_length=16)))
    migrator.migrate(migrator.add_column("account", "password_changed_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("address", "name", CharField(max_length=160, default="")))
    migrator.migrate(migrator.add_column("address", "company", CharField(max_length=160, default="")))
    migrator.migrate(migrator.add_column("address", "district", CharField(max_length=120, default="")))
    migrator.migrate(migrator.add_column("address", "sorting_code", CharField(max_length=20, default="")))
    migrator.migrate(migrator.add_column("payment_method", "nickname", CharField(max_length=40, default="")))
    migrator.migrate(migrator.add_column("payment_method", "detach_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_column("pay_intention", "replaces", CharField(null=True, max_length=36)))
    db.execute_sql("CREATE INDEX paymentmethod_to_detach ON payment_method (detach_at) WHERE detach_at IS NOT NULL")
    migrator.migrate(migrator.add_column("billing_schedule", "moved_to", DateField(null=True)))
    migrator.migrate(migrator.add_column("mail", "customer_id", CharField(null=True, max_length=36)))
    migrator.migrate(migrator.add_column("mail", "order_id", CharField(null=True, max_length=36)))
    migrator.migrate(migrator.add_column("merchant_policy", "customers_skip", BooleanField(default=False)))
    migrator.migrate(migrator.add_column("merchant_policy", "move_days", IntegerField(default=7)))
    migrator.migrate(migrator.add_column("session", "device", CharField(max_length=80, default="")))
    migrator.migrate(migrator.add_column("session", "proved_at", UtcDateTime(null=True)))
    migrator.migrate(migrator.add_index("address", ("customer_id", "kind"), unique=True))
    migrator.migrate(migrator.add_index("mail", ("customer_id", "created_at")))
    migrator.migrate(migrator.add_index("mail", ("order_id",)))


def down(migrator, db):
    migrator.migrate(migrator.drop_index("mail", "mail_order_id"))
    migrator.migrate(migrator.drop_index("mail", "mail_customer_id_created_at"))
    migrator.migrate(migrator.drop_index("address", "address_customer_id_kind"))
    migrator.migrate(migrator.drop_column("session", "proved_at"))
    migrator.migrate(migrator.drop_column("session", "device"))
    migrator.migrate(migrator.drop_column("merchant_policy", "move_days"))
    migrator.migrate(migrator.drop_column("merchant_policy", "customers_skip"))
    migrator.migrate(migrator.drop_column("mail", "order_id"))
    migrator.migrate(migrator.drop_column("mail", "customer_id"))
    migrator.migrate(migrator.drop_column("billing_schedule", "moved_to"))
    db.execute_sql("DROP INDEX paymentmethod_to_detach")
    migrator.migrate(migrator.drop_column("pay_intention", "replaces"))
    migrator.migrate(migrator.drop_column("payment_method", "detach_at"))
    migrator.migrate(migrator.drop_column("payment_method", "nickname"))
    migrator.migrate(migrator.drop_column("address", "sorting_code"))
    migrator.migrate(migrator.drop_column("address", "district"))
    migrator.migrate(migrator.drop_column("address", "company"))
    migrator.migrate(migrator.drop_column("address", "name"))
    migrator.migrate(migrator.drop_column("account", "password_changed_at"))
    migrator.migrate(migrator.drop_column("account", "locale"))
    migrator.migrate(migrator.drop_column("merchant", "own_contact"))
    migrator.migrate(migrator.drop_column("merchant", "sign_in_links"))
    migrator.migrate(migrator.drop_column("merchant", "privacy_url"))
    migrator.migrate(migrator.drop_column("merchant", "terms_url"))
    migrator.migrate(migrator.drop_column("merchant", "help_url"))
    migrator.migrate(migrator.drop_column("merchant", "website"))
    migrator.migrate(migrator.drop_table("logo"))
    migrator.migrate(migrator.drop_table("contact_change"))
