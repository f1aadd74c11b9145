"""The note of a timeline entry as people read it: what the system wrote itself is stored with codes, in no language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from approval.model import Action
from web.formats import Formats

_QUANTITY: Final = re.compile(r"(?:(?<=: )|(?<=: [+−]))\d+(\.\d+)?(?=; |$)")
_STEP: Final = re.compile(r"(?:(?<=^)|(?<=; )|(?<=; [+−] ))[a-z][a-z0-9_-]*(?=: )")


def timeline_note(
    formats: Formats, status_label: Callable[[str], str], action: Action, note: str, steps: Mapping[str, str]
) -> str:
    """A note in the reader's language.

    Args:
        formats: how numbers are written.
        status_label: a purchase status in words; anything else comes back as it is.
        action: the entry's. What people wrote beside theirs stays as it is.
        note: as it is stored: ``ordered; LT-T14: 1250.5`` of purchasing, ``PO-1; FPT Synnex; LT-T14: 2`` of a purchase order, ``manager: Lê Hoàng Nam`` of approvers that
            were resolved again.
        steps: names of the request's steps by their keys.
    """
    if action is Action.PURCHASING_EVENT:
        status, *goods = note.split("; ")
        words = "; ".join((status_label(status), *goods))
        return _QUANTITY.sub(lambda quantity: formats.number(quantity[0]), words)
    if action is Action.PURCHASE_ORDER:
        order, supplier, *goods = f"{note}; ".split("; ")
        words = "; ".join((f"{order} ({supplier})", *(one for one in goods if one)))
        return _QUANTITY.sub(lambda quantity: formats.number(quantity[0]), words)
    if action in (Action.RESOLVE_APPROVERS, Action.MOVE_RUN):
        return _STEP.sub(lambda key: steps.get(key[0], key[0]), note)
    return note
