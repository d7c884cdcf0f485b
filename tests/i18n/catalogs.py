"""The texts of the source and the catalogues of their translations. `make catalogs` runs this."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from kit.i18n import LOCALES

ROOT = Path(__file__).parents[2]
TRANSLATED = sorted(set(LOCALES) - {"en"})
# `_` and `ngettext` mark a text; titles and labels of the route table are translated when they are shown.
KEYWORDS = {"_": None, "ngettext": (1, 2), "Route": (3,), "Nav": (1,)}
_PLACEHOLDER = re.compile(r"%\(\w+\)0?\d*[a-z]|%%")


def path_of(language: str) -> Path:
    """Where a language's catalogue is."""
    return ROOT / "kit" / "locale" / language / "LC_MESSAGES" / "settle.po"


def of_source() -> Catalog:
    """Every text that the source marks, in the order of files."""
    with (ROOT / "babel.cfg").open() as mapping:
        method_map, options = parse_mapping_cfg(mapping)
    found = Catalog()
    rows = extract_from_dir(ROOT, method_map, options, keywords=KEYWORDS)
    for name, line, text, _comments, context in sorted(rows, key=lambda row: (row[0], row[1])):
        found.add(text, locations=[(name, line)], context=context)
    return found


def of_language(language: str) -> Catalog:
    """The catalogue as it is kept; an empty one for a language that has none yet."""
    if not path_of(language).is_file():
        return Catalog(locale=language, fuzzy=False)
    with path_of(language).open("rb") as kept:
        return read_po(kept, locale=language)


def problems(catalog: Catalog, source: Catalog) -> Iterator[str]:
    """What stands between a catalogue and the source, a line each."""
    for text in source:
        if text.id:
            yield from _of_one(text, catalog.get(text.id))
    for kept in catalog:
        if kept.id and kept.id not in source:
            yield f"no longer in the source: {kept.id!r}"


def _of_one(text: Message, kept: Message | None) -> Iterator[str]:
    said = [] if kept is None else list(kept.string) if isinstance(kept.string, tuple) else [kept.string]
    forms = list(text.id) if isinstance(text.id, tuple) else [text.id]
    if not said or not all(said):
        yield f"not translated: {text.id!r} ({text.locations[0][0]})"
        return
    if kept is not None and kept.fuzzy:
        yield f"fuzzy: {text.id!r}"
    if len(said) != len(forms):
        yield f"{len(said)} forms where {len(forms)} are wanted: {text.id!r}"
    # The singular may leave its number out, as English does in “Every month”.
    most = set(_PLACEHOLDER.findall(forms[-1]))
    for form in said:
        found = set(_PLACEHOLDER.findall(form))
        if not found <= most or (form is said[-1] and found != most):
            yield f"other placeholders: {form!r} for {text.id!r}"


def bring_up_to_date(language: str) -> list[str]:
    """Writes the catalogue anew: new texts empty, gone ones away, the rest as they were. Returns what is missing."""
    catalog, source = of_language(language), of_source()
    catalog.update(source, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as kept:
        write_po(kept, catalog, width=120, include_lineno=False, ignore_obsolete=True)
    return list(problems(catalog, source))


def _main() -> None:
    for language in TRANSLATED:
        missing = bring_up_to_date(language)
        print("\n".join(missing) if missing else f"{language}: complete")  # noqa: T201 - a command


if __name__ == "__main__":
    _main()
