"""The navigation: which entries somebody sees, by their roles."""

from __future__ import annotations

from application.caller import Caller
from approval.model import APPROVERS, MAKERS, Frozen, Role


class Entry(Frozen):
    """One entry. ``title``, ``short`` (for phones) and ``group`` are messages of the catalogue."""

    address: str
    title: str
    icon: str
    short: str = ""
    group: str = ""
    count: int = 0

    def is_current(self, path: str) -> bool:
        """Whether the page at ``path`` belongs to it."""
        return path == self.address or path.startswith(f"{self.address}/")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a message that is translated where it is shown
    """Mark a message for the catalogue."""
    return message


def entries(caller: Caller, waiting: int) -> tuple[Entry, ...]:
    """The entries for somebody.

    Args:
        caller: who is signed in.
        waiting: how many requests wait on them.
    """
    found: list[Entry] = []
    if waiting or caller.has_role(*APPROVERS):
        found.append(Entry(address="/inbox", title=N_("To do"), icon="inbox", count=waiting))
    found.append(Entry(address="/requests", title=N_("Purchase requests"), short=N_("Requests"), icon="list-details"))
    if caller.has_role(*APPROVERS, Role.ADMIN) or caller.substitutions:
        found.append(Entry(address="/substitutions", title=N_("Substitutions"), icon="user-check"))
    if caller.has_role(*MAKERS):
        sales = N_("Sales")
        found.append(
            Entry(address="/orders", title=N_("Sales orders"), short=N_("Orders"), icon="file-description", group=sales)
        )
        found.append(Entry(address="/opportunities", title=N_("Opportunities"), icon="target-arrow", group=sales))
    if caller.has_role(Role.PURCHASING):
        found.append(Entry(address="/purchasing", title=N_("Purchasing"), icon="truck-delivery"))
    if caller.has_role(Role.ADMIN):
        admin = N_("Administration")
        found.append(Entry(address="/admin/connection", title=N_("Connection"), icon="plug-connected", group=admin))
        found.append(Entry(address="/admin/amis", title=N_("AMIS connection"), icon="plug-connected", group=admin))
        found.append(Entry(address="/admin/processes", title=N_("Processes"), icon="sitemap", group=admin))
        found.append(Entry(address="/admin/handover", title=N_("Hand over"), icon="users", group=admin))
        imports = Entry(
            address="/admin/imports", title=N_("Import data"), short=N_("Import"), icon="package-import", group=admin
        )
        found.append(imports)
        found.append(Entry(address="/admin/calendar", title=N_("Working calendar"), icon="calendar", group=admin))
        found.append(Entry(address="/admin/endpoints", title=N_("Webhooks and chat"), icon="send", group=admin))
        found.append(Entry(address="/admin/reconciliation", title=N_("Reconciliation"), icon="checks", group=admin))
    return tuple(found)
