"""A file that somebody sends to be brought in: kept in parts in the store, so that any worker can go on with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from uuid import UUID

from domain.events.record import Actor, record
from domain.imports.read import is_within, opened
from domain.imports.what import What
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import connected, unit_of_work
from models.console import ImportPart, ImportRun

LARGEST = 200 * 1024 * 1024
_MOST_UNPACKED, _MOST_LINES = 1024**3, 3_000_000  # what a web server's neighbours do not notice while it is read
_PART = 1024 * 1024
FILE, REFUSED = "file", "refused"


def receive(*, merchant: UUID, staff: UUID, what: What, filename: str, content: BinaryIO) -> UUID:
    """Keeps the file and returns its import, whose columns wait to be mapped.

    Raises DomainError (field `file`) for one that is empty, too large, or cannot be read as CSV.
    """
    size, digest = _measured(content)
    run = ImportRun(
        merchant=merchant,
        staff=staff,
        what=what,
        filename=filename[-160:] or "import.csv",
        digest=digest,
        size=size,
        made_at=utc_now(),
    )
    with TemporaryDirectory(prefix="settle-import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            for piece in _pieces(content):
                copy.write(piece)
        if not is_within(path, size=_MOST_UNPACKED, lines=_MOST_LINES):
            raise DomainError(
                _(
                    "Unpacked, the file is larger than a gigabyte or has more than three million lines. Split it, or "
                    "use the command on the server."
                ),
                field="file",
            )
        try:
            with opened(path) as file:
                next(file.rows(), None)
        except DomainError as problem:
            raise DomainError(problem.sentence.replace(str(path), filename), field="file") from None
    with unit_of_work():
        run.save(force_insert=True)
        facts: dict[str, str | int] = {"what": what.value, "bytes": size}
        record("import.uploaded", merchant=merchant, actor=Actor.STAFF, actor_id=staff, subject=run.id, facts=facts)
    for n, piece in enumerate(_pieces(content)):
        keep_part(run.id, FILE, n, piece)
    return UUID(str(run.id))


def _measured(content: BinaryIO) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in _pieces(content):
        size += len(piece)
        digest.update(piece)
    if not size:
        raise DomainError(_("Choose a CSV file that is not empty."), field="file")
    if size > LARGEST:
        raise DomainError(
            _("The file is larger than 200 MB. Split it, or use the command on the server."), field="file"
        )
    return size, digest.hexdigest()


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    content.seek(0)
    while piece := content.read(_PART):
        yield piece


def keep_part(run: UUID, kind: str, n: int, data: bytes) -> None:
    """Keeps one part of a file; the same part again takes its place. A unit of work of its own: short ones."""
    with unit_of_work():
        ImportPart.insert(run=run, kind=kind, n=n, data=data).on_conflict(
            conflict_target=[ImportPart.run, ImportPart.kind, ImportPart.n], preserve=[ImportPart.data]
        ).execute()


def parts(run: UUID, kind: str) -> Iterator[bytes]:
    """A kept file, piece by piece."""
    n = 0
    while True:
        with connected():
            part = ImportPart.get_or_none(ImportPart.run == run, ImportPart.kind == kind, ImportPart.n == n)
        if part is None:
            return
        yield bytes(part.data)
        n += 1


@contextmanager
def on_disk(run: UUID) -> Iterator[Path]:
    """The file in a private temporary folder, gone afterwards."""
    with TemporaryDirectory(prefix="settle-import-") as folder:
        path = Path(folder) / "file.csv"
        with path.open("wb") as copy:
            for piece in parts(run, FILE):
                copy.write(piece)
        yield path


def forget_parts(run: UUID, *kinds: str) -> None:
    """Lets go of kept files, in the caller's unit of work."""
    ImportPart.delete().where(ImportPart.run == run, ImportPart.kind.in_(kinds)).execute()
