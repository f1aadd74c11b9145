"""The rows of approval matrices, which are stored beside the documents of their processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from approval.process import ApprovalMatrix, PurchaseProcess
from crm.pool import Connection, Pool


def without_rows(definition: PurchaseProcess) -> tuple[dict[str, Any], list[Any] | None]:
    """The document of a process as it is stored, and the rows of its matrix; None: it has no matrix."""
    document = definition.model_dump(mode="json", exclude_defaults=False)
    matrix = document["matrix"]
    return document, matrix.pop("rows") if matrix is not None else None


def with_rows(document: Mapping[str, Any], rows: str | None) -> dict[str, Any]:
    """A stored document with the rows of its matrix, as values of ``PurchaseProcess``.

    Args:
        document: as it is stored.
        rows: theirs, as JSON text; None: it has none.
    """
    matrix = document.get("matrix")
    if matrix is None or rows is None:
        return dict(document)
    return {**document, "matrix": _read(json.dumps(matrix), rows)}


@lru_cache(maxsize=4)
def _read(matrix: str, rows: str) -> ApprovalMatrix:
    """A matrix, read and made ready once: with thousands of rows that takes longer than to ask it."""
    return ApprovalMatrix.model_validate({**json.loads(matrix), "rows": json.loads(rows)})


async def draft_rows(executor: Pool | Connection, key: str) -> list[Any]:
    """The rows of a draft's matrix, as they are stored."""
    rows: list[Any] | None = await executor.fetchval("SELECT draft_matrix FROM processes WHERE key = $1", key)
    return rows or []
