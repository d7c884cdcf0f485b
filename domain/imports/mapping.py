"""Which column means what: known headers by themselves, others as the person says (`--map theirs=ours`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from kit.errors import DomainError
from kit.i18n import _


class Field(StrEnum):
    """What a column can mean. The values are what `--map` takes on its right side."""

    CUSTOMER = "customer_id"
    EMAIL = "email"
    NAME = "name"
    NUMBER = "order_number"
    DATE = "date"
    DUE = "due_date"
    CURRENCY = "currency"
    STATUS = "status"
    TOTAL = "order_total"
    AMOUNT = "amount"  # the row's: of the order, or of the line where rows are lines
    LINE_AMOUNT = "line_amount"
    UNIT_AMOUNT = "unit_amount"
    QUANTITY = "quantity"
    TITLE = "description"
    PRODUCT = "product_id"
    PACKAGE = "package_size"


# Headers as programs write them, in our spelling: small letters, everything else an underscore.
_KNOWN: dict[Field, str] = {
    Field.CUSTOMER: "customer_id customer customer_number customer_reference customer_no household_id client_id",
    Field.EMAIL: "email e_mail email_address customer_email customer_e_mail mail",
    Field.NAME: "name customer_name full_name client_name",
    Field.NUMBER: "order_number order_id order_no order number invoice_number invoice_no invoice invoice_id basket_id",
    Field.DATE: "date order_date invoice_date placed_at created_at created transaction_timestamp timestamp",
    Field.DUE: "due_date due due_on pay_by",
    Field.CURRENCY: "currency currency_code",
    Field.STATUS: "status payment_status financial_status paid",
    Field.TOTAL: "order_total total grand_total invoice_total",
    Field.AMOUNT: "amount value dollar_value order_amount price",
    Field.LINE_AMOUNT: "line_amount line_total sales_value item_total",
    Field.UNIT_AMOUNT: "unit_amount unit_price lineitem_price item_price",
    Field.QUANTITY: "quantity qty number_of_cds lineitem_quantity",
    Field.TITLE: "description title item product product_name product_type lineitem_name item_name",
    Field.PRODUCT: "product_id sku product_code",
    Field.PACKAGE: "package_size",
}
FIELD_OF = {header: field for field, headers in _KNOWN.items() for header in headers.split()}
_NOUNS = {"number_of_cds": "CDs"}  # what a quantity counts, where only its header says it
F = TypeVar("F", bound=StrEnum)
NOTHING = "-"  # `--map theirs=-`: take nothing from this column
_AMOUNTS = (Field.LINE_AMOUNT, Field.AMOUNT, Field.UNIT_AMOUNT, Field.TOTAL)


@dataclass(frozen=True)
class Columns:
    """Where each meaning stands in a row."""

    places: Mapping[Field, int]
    width: int
    unused: tuple[str, ...]  # headers that nothing is taken from
    noun: str = ""  # what the quantity counts

    def has(self, field: Field) -> bool:
        """Whether the file has a column of this meaning."""
        return field in self.places

    @property
    def rows_are_lines(self) -> bool:
        """Whether several rows of one order number are the lines of one order, and not a number used twice."""
        of_lines = (Field.LINE_AMOUNT, Field.UNIT_AMOUNT, Field.QUANTITY, Field.PRODUCT)
        only_total = not any(map(self.has, _AMOUNTS[:-1]))
        return self.has(Field.NUMBER) and not only_total and any(map(self.has, of_lines))


def map_headers(headers: Sequence[str], chosen: Mapping[str, str]) -> Columns:
    """Finds the columns. `chosen` is theirs → ours and goes before what we know; ours may be `-`, for nothing.

    Raises DomainError for a header in `chosen` that the file lacks, a meaning that does not exist, two columns of one
    meaning, or a required column that is missing; the sentence names it and the headers seen.
    """
    places = places_of(headers, chosen, known=FIELD_OF, fields=Field)
    _require(places, headers)
    used = set(places.values())
    quantity = places.get(Field.QUANTITY)
    return Columns(
        places=places,
        width=len(headers),
        unused=tuple(header for place, header in enumerate(headers) if place not in used),
        noun=_NOUNS.get(spelled(headers[quantity]), "") if quantity is not None else "",
    )


def places_of(
    headers: Sequence[str], chosen: Mapping[str, str], *, known: Mapping[str, F], fields: type[F]
) -> dict[F, int]:
    """Where each meaning stands: by `chosen` first, then by the headers that are `known`. Raises DomainError."""
    places: dict[F, int] = {}
    ignored: set[int] = set()
    for theirs, ours in chosen.items():
        if ours == NOTHING:
            ignored.add(_place(headers, theirs))
        else:
            _put(places, _field(ours, fields), _place(headers, theirs), headers)
    by_hand = set(places)
    for place, header in enumerate(headers):
        field = known.get(spelled(header))
        if field and field not in by_hand and place not in ignored.union(places.values()):
            _put(places, field, place, headers)
    return places


def no_column(name: str, headers: Sequence[str], example: StrEnum) -> DomainError:
    """The refusal of a file that lacks a column."""
    return DomainError(
        _("No column for %(name)s. The columns are: %(seen)s. Name one: --map THEIRS=%(example)s.")
        % {"name": name, "seen": _seen(headers), "example": example.value}
    )


def spelled(header: str) -> str:
    """A header as we compare it: small letters, everything else an underscore."""
    return re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")


def _field(ours: str, fields: type[F]) -> F:
    try:
        return fields(ours)
    except ValueError:
        raise DomainError(
            _("“%(ours)s” is not something a column can mean. Choose one of: %(known)s.")
            % {"ours": ours, "known": ", ".join(fields)}
        ) from None


def _place(headers: Sequence[str], theirs: str) -> int:
    for place, header in enumerate(headers):
        if header == theirs or spelled(header) == spelled(theirs):
            return place
    raise DomainError(
        _("The file has no column “%(theirs)s”. Its columns are: %(seen)s.")
        % {"theirs": theirs, "seen": _seen(headers)}
    )


def _put(places: dict[F, int], field: F, place: int, headers: Sequence[str]) -> None:
    if field in places:
        raise DomainError(
            _("Two columns could be the %(field)s: “%(one)s” and “%(other)s”. Say which: --map THEIRS=%(field)s.")
            % {"field": field.value, "one": headers[places[field]], "other": headers[place]}
        )
    places[field] = place


def _require(places: Mapping[Field, int], headers: Sequence[str]) -> None:
    needed = [
        ((Field.CUSTOMER, Field.EMAIL), _("customer_id or email")),
        ((Field.DATE,), "date"),
        (_AMOUNTS, "amount"),
    ]
    for any_of, name in needed:
        if not any(field in places for field in any_of):
            raise no_column(name, headers, any_of[0] if len(any_of) < 3 else Field.AMOUNT)


def _seen(headers: Sequence[str]) -> str:
    return ", ".join(header or "(empty)" for header in headers)
