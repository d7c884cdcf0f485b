"""What a plain Flask view declares about itself. A view without a declaration is never reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from domain.accounts.viewer import Audience, Role

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Door:
    """One view's declaration."""

    audience: Audience
    machine: bool = False  # called by a program that proves itself otherwise (a signed webhook): no CSRF, no Origin
    token_in_address: bool = False  # the address must reach nobody: Referrer-Policy no-referrer
    max_bytes: int | None = None  # a body larger than everybody's 2 MB
    proof: bool = False  # the person must have proved who they are just now, not only some time this evening
    role: Role | None = None  # of a merchant's person; None: whoever looks may GET, a manager may POST

    def needs(self, method: str) -> Role:
        """The least role of a merchant's person for a request of this method."""
        looking = method in ("GET", "HEAD", "OPTIONS")
        return self.role or (Role.VIEWER if looking else Role.MANAGER)


def door(
    audience: Audience,
    *,
    machine: bool = False,
    token_in_address: bool = False,
    max_bytes: int | None = None,
    proof: bool = False,
    role: Role | None = None,
) -> Callable[[View], View]:
    """Declares who a view is for; the guard holds it to that.

    Put it under the route: `@views.get("/p/<slug>/receipts/<uuid:receipt_id>")` then `@door(Audience.CUSTOMER)`.
    A `<slug>` in the address must be that of the session's merchant, unless the audience is PUBLIC. With `proof` a
    person whose password was not asked within the last minutes is asked first, and then comes back. Declare it on
    the GET page that shows the form too, so that nothing typed is lost. A merchant's person needs `role`: without one,
    a viewer may GET and a manager may POST.
    """

    def declare(view: View) -> View:
        view.__door__ = Door(audience, machine, token_in_address, max_bytes, proof, role)  # type: ignore[attr-defined]
        return view

    return declare


def door_of(view: Callable[..., Any] | None) -> Door | None:
    """The declaration of a view, if it has one."""
    found = getattr(view, "__door__", None)
    return found if isinstance(found, Door) else None
