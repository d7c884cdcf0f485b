"""A copy of the store, and a store out of a copy."""

from __future__ import annotations

from pathlib import Path

from commands.command import Arguments, Chosen, Command, with_store


def backup_arguments(parser: Arguments) -> None:
    """What `backup` takes."""
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: DATA_DIR/backups")
    parser.add_argument("--keep", type=int, default=0, metavar="N", help="then delete all but the newest N")


def backup(chosen: Chosen) -> int:
    """Copies the store while it is in use."""
    from kit.clock import real_now
    from models import backup as copies

    settings = with_store()
    folder = chosen.to or settings.data_dir / "backups"
    made = copies.save(settings.database_url, folder, real_now())
    print(f"{made}  {made.stat().st_size:,} bytes, checked")
    if chosen.keep:
        print("".join(f"deleted {gone.name}\n" for gone in copies.forget_old(folder, keep=chosen.keep)), end="")
    return 0


def restore_arguments(parser: Arguments) -> None:
    """What `restore` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `backup` made")
    parser.add_argument("--no-compare", action="store_true", help="do not ask the processors now what they took since")


def restore(chosen: Chosen) -> int:
    """Makes the store out of a backup: exit 1 when the processors took money that these books do not know."""
    from domain.operations.restored import settle_in
    from models import backup as copies
    from models.base import configure
    from models.schema import migrate
    from workers.process import set_up
    from workers.supervisor import require_rest

    settings = set_up()
    require_rest(settings)
    moment = copies.taken_at(chosen.file)
    copies.restore(chosen.file, settings.database_url)
    configure(settings.database_url)
    print("Copied. Start nothing before this says “Restored”: if it does not, empty the store and restore again.")
    for name in migrate():
        print(f"applied {name}")
    found = settle_in(taken_at=moment, compare=not chosen.no_compare)
    print(f"Restored as of {moment:%Y-%m-%d %H:%M:%S} UTC. Everybody is signed out; automatic charges are stopped.")
    for report in found.reports:
        print(f"{report.merchant}: {report.stopped or f'{report.payments} payments compared'}")
    for one in found.differences:
        print(f"  {one.merchant}  {one.kind.replace('_', ' ')}  {one.amount or ''}  {one.reference}  {one.detail}")
    seen = bool(found.reports) and not any(report.stopped for report in found.reports)
    if found.differences:
        print("Settle these first (docs/runbook.md, “Restored from a backup”): their orders look owed and are paid.")
    elif not seen:
        print("Not compared: run “python manage.py reconcile” before anybody can pay or is charged.")
    print("Then: start the web server, and “python manage.py resume --queue charges”.")
    return 0 if seen and not found.differences else 1


COMMANDS = (
    Command("backup", "copy the store into one file, while it is in use", backup, backup_arguments),
    Command("restore", "make the store out of a backup, with automatic charges stopped", restore, restore_arguments),
)
