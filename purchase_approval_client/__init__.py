"""The client of the API: every call typed, done once however often it is sent, and refused with an exception that says why."""

from purchase_approval_client.problems import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidError,
    NotAppliedYetError,
    NotFoundError,
    ProblemError,
    StaleVersionError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from purchase_approval_client.session import Session, demo_session, expect, pages

__all__ = [
    "ConflictError",
    "FieldProblem",
    "ForbiddenError",
    "InvalidError",
    "NotAppliedYetError",
    "NotFoundError",
    "ProblemError",
    "Session",
    "StaleVersionError",
    "TooManyRequestsError",
    "UnauthenticatedError",
    "UnavailableError",
    "demo_session",
    "expect",
    "pages",
]
