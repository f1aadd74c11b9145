"""Push messages are encrypted as RFC 8291 has it, byte for byte, and signed as RFC 8292 has it."""

from __future__ import annotations

import base64
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from notices.push_encryption import LONGEST, encrypt
from notices.vapid import GOOD_FOR, VapidKey, new_key
from tests.notices.push_service import HOST, KEY, SUBJECT, Browser, claims_of
from tests.notices.receiver import Received

ENDPOINT = f"https://{HOST}:8443/send/abc"


def unwritten(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unwritten(text)), ec.SECP256R1())


RFC_BROWSER = Browser(
    ENDPOINT, private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), unwritten("BTBZMqHH6r4Tts7J_aSIgg")
)
RFC_MESSAGE = b"When I grow up, I want to be a watermelon"
RFC_BODY = unwritten(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b"
    "Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
"""Of RFC 8291, 5 and appendix A."""


def test_the_example_of_the_standard_comes_out_byte_for_byte() -> None:
    encrypted = encrypt(
        RFC_MESSAGE,
        RFC_BROWSER.p256dh,
        RFC_BROWSER.auth,
        sender=private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        salt=unwritten("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert encrypted == RFC_BODY


def test_the_browser_of_these_tests_reads_the_example_of_the_standard() -> None:
    assert RFC_BROWSER.decrypt(RFC_BODY) == RFC_MESSAGE


@pytest.mark.parametrize("length", [0, 1, 1000, LONGEST])
def test_only_the_browser_that_subscribed_reads_a_message_and_no_two_look_alike(length: int) -> None:
    browser, other = Browser(ENDPOINT), Browser(ENDPOINT)
    message = b"\xc4\x91" * (length // 2) + b"x" * (length % 2)
    first, second = (encrypt(message, browser.p256dh, browser.auth) for _ in range(2))
    assert browser.decrypt(first) == browser.decrypt(second) == message
    assert len(first) <= 4096, "what every push service takes"
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]
    for wrong in (Browser(ENDPOINT, other.key, browser.auth), Browser(ENDPOINT, browser.key, other.auth)):
        with pytest.raises(InvalidTag):
            wrong.decrypt(first)


def test_what_is_too_long_is_refused() -> None:
    browser = Browser(ENDPOINT)
    with pytest.raises(ValueError, match="at most 3000"):
        encrypt(b"x" * (LONGEST + 1), browser.p256dh, browser.auth)


def test_who_sends_is_said_to_one_push_service_for_half_a_day() -> None:
    now = datetime.now(UTC)
    said = KEY.authorization(ENDPOINT, now)
    claims = claims_of(Received({"authorization": said, "host": f"{HOST}:8443"}, b""))
    assert claims == {
        "aud": f"https://{HOST}:8443",
        "exp": int((now + GOOD_FOR).timestamp()),
        "sub": SUBJECT,
    }


@pytest.mark.parametrize("text", ["", "no key", "AAAA", "A" * 43, "_" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no private key of 32 bytes"):
        VapidKey.parse(text, SUBJECT)


def test_a_key_is_made_by_a_command(repository: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "notices.vapid"], cwd=repository, capture_output=True, text=True, check=True
    )
    name, _, key = made.stdout.strip().partition("=")
    assert name == "VAPID_PRIVATE_KEY"
    assert len(unwritten(VapidKey.parse(key, SUBJECT).public)) == 65
    assert key != new_key()
