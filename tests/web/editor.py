"""The editor of processes as tests use it: a document, saving it, and what is wrong with it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tests.web.browser import Visitor

PROCESS = """\
# who approves small things
schema_version: 1
key: {key}
name: {name}
steps:
  - key: manager
    name: Quản lý
    approvers:
      - manager: 1
    deadline_hours: 8
  - key: director
    name: Giám đốc
    approvers:
      - user: director1
    when: request.total >= 1000.0
    may_edit: [lines.quantity]
"""
"""A document, but for its key and its name."""


async def save_new(person: Visitor, document: str) -> Any:
    """Save a process that is not there yet; the answer."""
    return await person.post("/admin/new-process", {"document": document}, page="/admin/new-process")


async def save(person: Visitor, key: str, document: str, **fields: Any) -> Any:
    """Open a draft in the editor and save another one; the answer."""
    html = await person.read(f"/admin/processes/{key}/edit")
    seen = re.search(r'name="seen" value="([^"]+)"', html)
    assert seen
    fields = {"document": document, "seen": unescape(seen[1])} | fields
    return await person.post(f"/admin/processes/{key}/edit", fields, page="/admin/processes")


def problems_of(html: str) -> list[tuple[int, str]]:
    """Line and text of each problem that a page shows."""
    found = re.findall(r'data-goto-line="(\d+)">[^<]*</a>([^<]*)', html)
    return [(int(line), unescape(text).strip()) for line, text in found]
