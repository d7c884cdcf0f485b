"""The roles of a merchant's people in words."""

from __future__ import annotations

from kit.i18n import _
from models.merchants import Role


def name_of(role: Role) -> str:
    """The role as it stands in a sentence."""
    return {Role.OWNER: _("owner"), Role.MANAGER: _("manager"), Role.VIEWER: _("viewer")}[role]


def means(role: Role) -> str:
    """What the role may do."""
    return {
        Role.OWNER: _("Does everything, and decides who works here, how payments are connected and who else may."),
        Role.MANAGER: _("Takes and returns payments, edits orders and customers, changes how it all looks."),
        Role.VIEWER: _("Sees everything and changes nothing."),
    }[role]
