"""The demo's sign-ins, kept readable for one person only: `demo-logins.json` (mode 0600) beside the store.

The store itself holds nothing but hashes, as everywhere. Addresses are made when asked for: the port may change.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from kit.config import settings
from kit.errors import NotFound
from kit.i18n import _


class Role(StrEnum):
    """Whose room a login opens. PROSPECT has none yet: the address waits for *Create account*."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    OPERATOR = "operator"
    PROSPECT = "prospect"


@dataclass(frozen=True)
class Login:
    """One sign-in. `key` names it in the front page's form; `story` is a key of story.STORIES or a staff role."""

    key: str
    role: Role
    name: str
    email: str
    password: str
    slug: str = ""
    merchant: str = ""
    story: str = ""

    @property
    def path(self) -> str:
        """Where this person signs in."""
        return {
            Role.CUSTOMER: f"/p/{self.slug}/sign-in",
            Role.PROSPECT: f"/p/{self.slug}/create-account",
            Role.MERCHANT: "/merchant",
            Role.OPERATOR: "/operations/sign-in",
        }[self.role]


def made_up_password() -> str:
    """A password of this store: four groups of four, easy to copy by hand, 80 bits at random."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _i in range(4)) for _j in range(4))


def _path() -> Path:
    return settings().data_dir / "demo-logins.json"


def keep(logins: Iterable[Login]) -> None:
    """Writes the file anew, readable by its owner only."""
    text = json.dumps([asdict(login) for login in logins], indent=1)
    settings().data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = _path().with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(_path())


def forget() -> None:
    """Removes the file."""
    _path().unlink(missing_ok=True)


def logins() -> list[Login]:
    """Every sign-in of the demo; none where no demo was made."""
    try:
        rows = json.loads(_path().read_text())
    except FileNotFoundError:
        return []
    return [Login(**{**row, "role": Role(row["role"])}) for row in rows]


def login(key: str) -> Login:
    """One of them. Raises NotFound."""
    for one in logins():
        if one.key == key:
            return one
    raise NotFound(_("There is nobody of that name in the demo. Go back to the front page."))


def as_json() -> str:
    """For programs: role, address of the sign-in page, e-mail, password (null for somebody without an account)."""
    rows = [
        {
            "role": one.role.value,
            "url": settings().public_url + one.path,
            "email": one.email,
            "password": one.password or None,
            "name": one.name,
            "merchant": one.slug or None,
            "story": one.story,
        }
        for one in logins()
    ]
    return json.dumps(rows, indent=2)
