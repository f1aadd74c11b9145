"""HTTP routes, a module for each resource of api.md."""

from typing import Any

from api.problems import EVERY_ROUTE, documented

ANSWERS: dict[int | str, dict[str, Any]] = documented(*EVERY_ROUTE)
"""What any authenticated route can answer besides its own."""
