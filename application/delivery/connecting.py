"""Whether an engine with which its client could not connect may be there in a moment, or somebody has to mend something first.

The client says most of it in the text of a ``RuntimeError`` alone.
"""

from __future__ import annotations

import re
from typing import Final

from temporalio.service import RPCError, RPCStatusCode

from application.delivery.engine import AWAY

_NOT_CONNECTED: Final = "Failed client connect: "
_STATUS: Final = re.compile(r"Status \{ code: (\w+)")
_BY_NAME: Final = {status.name.replace("_", "").lower(): status for status in RPCStatusCode}
_CERTIFICATES: Final = re.compile(
    r"Certificate|UnknownCA|AccessDenied|HandshakeFailure|InvalidMessage|PeerIncompatible|PrivateKey|FRAME_SIZE_ERROR"
)
"""What is said of a certificate that is not taken, and where one side speaks TLS and the other does not."""
_NOBODY_THERE: Final = ("Server connection error", "DNS resolution error")

_NOT_LET_IN: Final = "See what TEMPORAL_API_KEY, or the certificate of TEMPORAL_TLS_CLIENT_CERT_PATH, may do in the namespace of TEMPORAL_NAMESPACE."
_REMEDIES: Final = {
    RPCStatusCode.NOT_FOUND: "Make the namespace, or name another one in TEMPORAL_NAMESPACE (docs/operations.md, What runs).",
    RPCStatusCode.PERMISSION_DENIED: _NOT_LET_IN,
    RPCStatusCode.UNAUTHENTICATED: _NOT_LET_IN,
}
_OTHER_SETTINGS: Final = (
    "See what TEMPORAL_ADDRESS (host:port), TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS_* say, or the file of "
    "TEMPORAL_CONFIG_FILE; and whether it is Temporal that answers there."
)
_OTHER_CERTIFICATES: Final = (
    "See which certificate the engine has, and TEMPORAL_TLS, TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME and "
    "TEMPORAL_TLS_CLIENT_CERT_PATH; whether it speaks TLS at all. Another port may speak something else."
)


class NotLetInError(Exception):
    """The engine does not let this process in, or is not where settings say; the message says why, and what to do."""


def refusal(error: Exception) -> NotLetInError | None:
    """What an error of the engine's client says that does not pass by itself.

    Args:
        error: one of connecting, or of a call.

    Returns:
        What is to be mended; None: whoever waits may find an engine there.
    """
    remedy = _remedy(error)
    return NotLetInError(f"{error} {remedy}") if remedy is not None else None


def _remedy(error: Exception) -> str | None:
    text = str(error)
    if isinstance(error, RPCError):
        return _remedy_of(error.status)
    if isinstance(error, FileNotFoundError):  # a certificate or a key that is put there in a moment, maybe
        return None
    if not text.startswith(_NOT_CONNECTED):  # settings, or files that they name, cannot be read
        return _OTHER_SETTINGS
    if _CERTIFICATES.search(text):
        return _OTHER_CERTIFICATES
    if found := _STATUS.search(text):
        return _remedy_of(_BY_NAME.get(found[1].lower(), RPCStatusCode.UNKNOWN))
    return None if text.startswith(_NOBODY_THERE, len(_NOT_CONNECTED)) else _OTHER_SETTINGS


def _remedy_of(status: RPCStatusCode) -> str | None:
    return None if status in AWAY else _REMEDIES.get(status, _OTHER_SETTINGS)
