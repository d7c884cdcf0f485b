"""Phone numbers: checked against the numbering plan of their country, written as people write them across borders."""

from __future__ import annotations

import phonenumbers

from kit.errors import DomainError
from kit.i18n import _
from models.customers import Customer

_LONGEST: int = Customer.phone.max_length


def international(text: str, *, country: str, field: str) -> str:
    """The number with its country code: "+1 207-555-0100". Without one it is meant in `country`.

    Raises DomainError at that field for what no phone can have. Only the country code and the length are checked:
    numbering plans grow faster than any list of them.
    """
    try:
        number = phonenumbers.parse(text[:_LONGEST], country)
    except phonenumbers.NumberParseException:
        number = None
    written = ""
    if number is not None and phonenumbers.is_possible_number(number) and len(text.strip()) <= _LONGEST:
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    if not written or len(written) > _LONGEST:  # an extension is written out, so what was short enough may grow
        example = phonenumbers.example_number(country) or phonenumbers.example_number("US")
        shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL) if example else ""
        raise DomainError(_("Write the whole phone number, like %(example)s.") % {"example": shown}, field=field)
    return written
