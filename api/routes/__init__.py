"""HTTP routes, a module for each resource of api.md."""

from typing import Any

from api.problems import documented

ANSWERS: dict[int | str, dict[str, Any]] = documented(
    "unauthenticated",
    "forbidden",
    "not_found",
    "invalid",
    "too_many_requests",
    "database_unavailable",
    "issuer_unavailable",
)
"""What any authenticated route can answer besides its own."""
