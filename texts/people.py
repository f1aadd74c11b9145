"""Words for people of the directory: what a change of somebody would do, by which way it was made, and what their fields are called.

Keys are the plain strings of ``application.people_effects`` and ``crm.people_changes``, which this package does not import.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from texts.catalogue import Language, translate
from texts.moments import day_text

_EFFECT: Final = {
    "nothing": "Nothing that is on its way changes by this.",
    "comes_back": "They may sign in again, and are found where a process names them or a role of theirs.",
    "signed_out": "They are signed out everywhere at once and cannot sign in any more; nothing of theirs is deleted.",
    "places_stuck": "{open} decisions wait on them and {later} more will. Nobody makes these until they are handed over to others.",
    "places_alone": "In {count} of these steps nobody else is asked now.",
    "owned_left": (
        "{count} requests of theirs have not ended. Nobody can send, recall or answer for them; an administrator can cancel them."
    ),
    "reports_left": "{count} people report to them and need another manager.",
    "substitutes_left": "By {count} substitutions they decide for others; they cannot do that any more.",
    "substituted_goes_on": "By {count} substitutions others decide for them; these go on until they end or are revoked.",
    "amis_left": "AMIS calls them {names}: orders of this name that come or change wait until somebody else is named for it.",
    "places_stay": (
        "{open} decisions that wait on them and {later} that will stay theirs, whatever their roles: who decides was settled when "
        "the request was sent."
    ),
    "owned_go_on": (
        "{count} requests of theirs that are on their way keep their approvers. They are looked up anew only if the request is sent "
        "again, if an administrator has them looked up again, or for a step that an approver's change adds."
    ),
    "owned_to_send": "{count} requests of theirs that are not sent or were returned get their approvers when they are sent, as the directory is then.",
    "manager_sees": "{name}, and whoever is above, see their requests from now on.",
    "manager_sees_no_more": "From now on {name} sees only those of their requests in which they take part.",
    "escalates_to_manager": "If they miss a deadline that is escalated to the manager, it goes to whoever is the manager at that moment.",
    "admin_given": "They become an administrator: they see every request, and may change processes, connections and people.",
    "admin_taken": "They are no longer an administrator, from their next click on.",
    "purchasing_given": "They see every approved request and report what becomes of it.",
    "purchasing_taken": "They see approved requests no more, and cannot report anything.",
    "department_of_sends": (
        "The department counts for what is sent from now on, where a condition or the approval matrix asks for it, and at once for "
        "substitutions that are for a department."
    ),
    "file_says_again": "A file named them last on {at}. The next one that names them says anew who they are.",
    "sign_in_says_again": "The identity provider says anew who they are with their next sign-in.",
}

_WAY: Final = {
    "hand": "by hand",
    "file": "from a file",
    "sign_in": "by the identity provider at sign-in",
    "other": "at the database",
}

_FIELD: Final = {
    "username": "Username",
    "name": "Name",
    "roles": "Roles",
    "manager": "Manager",
    "department": "Department",
    "email": "E-mail",
    "language": "Language of mails",
    "left": "Has left",
    "active": "Is there",
}

_STATE: Final = {"active": "At work", "away": "Away", "left": "Has left the company"}

_LANGUAGE: Final = {"vi": "Vietnamese", "en": "English"}


def effect_text(code: str, params: Mapping[str, str], language: Language, *, zone: ZoneInfo) -> str:
    """One thing that a change of somebody does.

    Args:
        zone: in which times are shown.
    """
    if "at" in params:
        day = datetime.fromisoformat(params["at"]).astimezone(zone)
        params = {**params, "at": day_text(day, language)}
    return translate(language, _EFFECT[code], params)


def change_way_label(way: str, language: Language) -> str:
    """By which way somebody was changed."""
    return translate(language, _WAY[way])


def person_field_label(field: str, language: Language) -> str:
    """What a field of somebody is called."""
    return translate(language, _FIELD[field])


def person_state_label(state: str, language: Language) -> str:
    """Whether somebody is there."""
    return translate(language, _STATE[state])


def mail_language_label(code: str, language: Language) -> str:
    """A language in which people are written to, in the reader's."""
    return translate(language, _LANGUAGE[code])
