"""Starting, bringing the store up, doing what is due."""

from __future__ import annotations

import sys

from commands.command import Chosen, Command, with_store


def run(_chosen: Chosen) -> int:
    """Starts everything and stays until Ctrl-C."""
    from commands.demo import make_demo, wake_demo
    from models.schema import migrate as to_head
    from workers import plans
    from workers.process import set_up
    from workers.supervisor import Supervisor, require_rest, say

    settings = set_up()
    supervisor = Supervisor(settings, say)
    supervisor.check()
    if settings.demo:
        plans.require_free(plans.ports(settings))  # before anything is moved that another one runs on
        require_rest(settings)
        to_head()
        make_demo(settings)
        wake_demo(settings)
    else:
        with_store()

    def announce() -> None:
        say(f"Settle is ready: {settings.public_url}/")
        if settings.demo:
            say(f"Mail that it sends: {settings.inbox_url}/   Stop with Ctrl-C.")

    return supervisor.run(announce)


def migrate(_chosen: Chosen) -> int:
    """Brings the store to this version."""
    from models.schema import migrate as to_head
    from workers.process import set_up

    set_up()
    applied = to_head()
    print("\n".join(f"applied {name}" for name in applied) or "nothing to do: the store is up to date")
    return 0


def work(_chosen: Chosen) -> int:
    """Does what is due, in this process, and ends."""
    from domain.work.drain import drain

    with_store()
    drained = drain()
    for kind, count in sorted(drained.done.items()):
        print(f"{count:6} {kind.value}")
    for row, error in drained.failed:
        print(f"failed {row.kind.value} {row.id}: {error}", file=sys.stderr)
    print(f"{drained.total:6} done, {len(drained.failed)} failed")
    return 1 if drained.failed else 0


COMMANDS = (
    Command("run", "start everything: web, workers, clock, embedded Valkey; in demo mode also inbox and sandbox", run),
    Command("migrate", "bring the store to this version", migrate),
    Command("work", "do what is due here and now, without a queue", work),
)
