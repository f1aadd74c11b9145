"""What a browser may load for a page, and where it may send a form: nothing inline, nothing from elsewhere."""

from __future__ import annotations

from typing import Final

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler's style sheet draws arrows and check marks from data: addresses
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'{issuer}",  # signing out by a form leads on to the identity provider
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def content_security_policy(issuer: str = "") -> str:
    """The pages' policy.

    Args:
        issuer: origin of the identity provider, if there is one.
    """
    return _POLICY.format(issuer=f" {issuer}" if issuer else "")
