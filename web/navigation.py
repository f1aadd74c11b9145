"""The navigation: which entries somebody sees, by their roles."""

from __future__ import annotations

from typing import Final

from application.caller import Caller
from approval.model import APPROVERS, MAKERS, Frozen, Role

_MOST_IN_BAR: Final = 5
"""Entries that a phone has room for at the bottom."""


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


class Navigation(Frozen):
    """What somebody sees of the navigation: on a phone ``rest`` is behind a button, elsewhere it follows ``bar``."""

    bar: tuple[Entry, ...]
    rest: tuple[Entry, ...]

    def is_in_rest(self, path: str) -> bool:
        """Whether the page at ``path`` belongs to an entry that a phone does not show."""
        return any(entry.is_current(path) for entry in self.rest)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a message that is translated where it is shown
    """Mark a message for the catalogue."""
    return message


def navigation(caller: Caller, waiting: int) -> Navigation:
    """The entries for somebody.

    Args:
        caller: who is signed in.
        waiting: how many requests wait on them.
    """
    found = (*_of_work(caller, waiting), *_of_administration(caller))
    if len(found) <= _MOST_IN_BAR:
        return Navigation(bar=found, rest=())
    cut = _MOST_IN_BAR - 1
    while found[cut].group and found[cut - 1].group == found[cut].group:  # what belongs together stays together
        cut -= 1
    return Navigation(bar=found[:cut], rest=found[cut:])


def _of_work(caller: Caller, waiting: int) -> list[Entry]:
    found = [Entry(address="/", title=N_("Home"), icon="layout-dashboard")]
    if waiting or caller.has_role(*APPROVERS):
        found.append(Entry(address="/inbox", title=N_("To do"), short=N_("To-do"), icon="inbox", count=waiting))
    found.append(Entry(address="/requests", title=N_("Purchase requests"), short=N_("Requests"), icon="list-details"))
    if caller.viewer.reports or caller.viewer.sees_all or caller.viewer.sees_completed:
        found.append(Entry(address="/overview", title=N_("Overview"), icon="chart-bar"))
    if caller.has_role(*APPROVERS, Role.ADMIN) or caller.substitutions:
        found.append(
            Entry(address="/substitutions", title=N_("Substitutions"), short=N_("Stand-ins"), icon="user-check")
        )
    if caller.has_role(*MAKERS):
        sales = N_("Sales")
        found.append(
            Entry(address="/orders", title=N_("Sales orders"), short=N_("Orders"), icon="file-description", group=sales)
        )
        found.append(Entry(address="/opportunities", title=N_("Opportunities"), icon="target-arrow", group=sales))
    if caller.has_role(Role.PURCHASING):
        found.append(Entry(address="/purchasing", title=N_("Purchasing"), icon="truck-delivery"))
    return found


def _of_administration(caller: Caller) -> list[Entry]:
    found: list[Entry] = []
    if caller.has_role(Role.ADMIN):
        admin = N_("Administration")
        found.append(Entry(address="/admin/connection", title=N_("Connection"), icon="plug-connected", group=admin))
        found.append(Entry(address="/admin/amis", title=N_("AMIS connection"), icon="plug-connected", group=admin))
        found.append(Entry(address="/admin/processes", title=N_("Processes"), icon="sitemap", group=admin))
        found.append(
            Entry(address="/admin/people", title=N_("People and roles"), short=N_("Staff"), icon="users", group=admin)
        )
        found.append(Entry(address="/admin/handover", title=N_("Hand over"), icon="arrows-exchange", group=admin))
        imports = Entry(
            address="/admin/imports", title=N_("Import data"), short=N_("Import"), icon="package-import", group=admin
        )
        found.append(imports)
        found.append(Entry(address="/admin/calendar", title=N_("Working calendar"), icon="calendar", group=admin))
        found.append(Entry(address="/admin/endpoints", title=N_("Webhooks and chat"), icon="send", group=admin))
        found.append(Entry(address="/admin/reconciliation", title=N_("Reconciliation"), icon="checks", group=admin))
    return found
