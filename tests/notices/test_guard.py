"""No call goes into one's own network, whatever its address says first or later. Source: notices.md, "To systems"."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from unittest.mock import Mock

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from notices.guard import AddressRefused, Guard, said_of
from notices.sending import Failure, Reply, Sender
from tests.notices.receiver import Received, receiving, status
from texts import field_problem

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

REFUSED = {
    "loopback": "127.0.0.1",
    "loopback elsewhere": "127.8.8.8",
    "this host": "0.0.0.0",
    "loopback of IPv6": "::1",
    "private 10": "10.0.0.5",
    "private 172": "172.16.3.4",
    "private 192": "192.168.1.1",
    "shared": "100.64.0.1",
    "link-local": "169.254.10.10",
    "metadata": "169.254.169.254",
    "metadata of another cloud": "100.100.100.200",
    "what runs the machines of a third": "168.63.129.16",
    "metadata over IPv6": "fd00:ec2::254",
    "link-local of IPv6": "fe80::1",
    "unique local": "fc00::1",
    "site-local": "fec0::1",
    "multicast": "224.0.0.1",
    "multicast of IPv6": "ff02::1",
    "global multicast": "233.252.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "benchmarks": "198.18.0.1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "translated loopback": "::ffff:0:127.0.0.1",
    "compatible loopback": "::127.0.0.1",
    "NAT64 of loopback": "64:ff9b::127.0.0.1",
    "NAT64 of a private one": "64:ff9b::10.0.0.5",
    "NAT64 of one's own": "64:ff9b:1::5",
    "6to4 of loopback": "2002:7f00:1::",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}
PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::93.184.216.34")


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED.keys())
async def test_an_address_that_is_not_public_is_refused_as_it_stands_and_behind_a_name(address: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().check_ip(ip_address(address))
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        Guard().check_form(f"https://{literal}/hooks")
    with pytest.raises(AddressRefused):
        await guard_of([address]).check("https://erp.example.com/hooks")


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_may_be_called(address: str) -> None:
    Guard().check_ip(ip_address(address))
    assert await guard_of([address]).addresses("erp.example.com", 443) == [address]


async def test_one_address_of_a_name_that_is_not_public_refuses_the_name() -> None:
    with pytest.raises(AddressRefused):
        await guard_of([PUBLIC[0], "10.0.0.5"]).addresses("erp.example.com", 443)


def test_a_network_that_a_setting_names_may_be_called_and_its_neighbour_not() -> None:
    guard = Guard([ip_network("10.1.0.0/16")])
    for allowed in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"):
        guard.check_ip(ip_address(allowed))
    for refused in ("10.2.0.1", "127.0.0.1", "::ffff:10.2.0.1"):
        with pytest.raises(AddressRefused):
            guard.check_ip(ip_address(refused))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://erp.example.com/hooks", "address_scheme"),
        ("ftp://erp.example.com/hooks", "address_scheme"),
        ("file:///etc/passwd", "address_form"),
        ("erp.example.com", "address_form"),
        ("https://", "address_form"),
        ("https://crm:secret@erp.example.com/", "address_credentials"),
        ("https://erp.example.com:22/", "address_port"),
        ("https://erp.example.com:99999/", "address_form"),
        ("https://erp.example.com/#there", "address_form"),
        ("https://erp.example.com\\@10.0.0.5/", "address_form"),
        ("https://erp.example.com/a b", "address_form"),
        ("https://erp.example.com/\r\nHost: other", "address_form"),
        ("https://kế-toán.example.com/", "address_form"),
        ("https://[::1", "address_form"),
        (f"https://erp.example.com/{'a' * 2000}", "address_form"),
    ],
)
def test_what_is_no_address_for_a_call_is_refused_in_words(address: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        Guard().check_form(address)
    assert refused.value.reason == reason
    for language in ("vi", "en"):
        assert field_problem(reason, refused.value.params, language) != reason


@pytest.mark.parametrize(
    "address", ["https://erp.example.com", "https://erp.example.com:8443/a?b=c", "https://8.8.8.8/"]
)
def test_web_addresses_of_the_public_internet_are_taken(address: str) -> None:
    Guard().check_form(address)


async def test_a_number_that_is_another_form_of_loopback_is_refused_where_it_is_resolved() -> None:
    for host in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1"):
        assert (await post(Sender(Guard()), f"https://{host}/")).answer.error.startswith(Failure.REFUSED)


async def test_a_name_that_changes_between_check_and_connection_is_refused() -> None:
    answers = iter([[PUBLIC[0]], ["127.0.0.1"]])

    async def resolve(_: str, __: int) -> Sequence[str]:
        return next(answers)

    async with receiving() as receiver:
        guard = Guard(resolve=resolve, plain_http=True)
        address = f"http://erp.example.com:{receiver.port}/hooks"
        await guard.check(address)
        reply = await post(Sender(guard), address)
        assert reply.answer.error == f"{Failure.REFUSED}: 127.0.0.1"
        assert receiver.received == []


async def test_the_connection_goes_to_the_address_that_was_checked_and_the_call_to_the_name() -> None:
    asked = []

    async def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async with receiving() as receiver:
        guard = Guard(LOOPBACK, resolve=resolve, plain_http=True)
        reply = await post(Sender(guard), f"http://erp.invalid:{receiver.port}/hooks")
        assert reply.is_success
        assert receiver.received[0].headers["host"] == f"erp.invalid:{receiver.port}"
    assert asked == ["erp.invalid"]


@pytest.mark.parametrize(("name", "taken"), [("erp.invalid", True), ("other.invalid", False)])
async def test_the_certificate_must_be_that_of_the_name_although_the_connection_goes_to_an_address(
    name: str, taken: bool, tmp_path: Path
) -> None:
    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["127.0.0.1"]

    certificate = certificate_of("erp.invalid", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    async with receiving(server) as receiver:
        sender = Sender(Guard(LOOPBACK, resolve=resolve), ssl.create_default_context(cafile=str(certificate)))
        reply = await post(sender, f"https://{name}:{receiver.port}/hooks")
        assert (reply.is_success, len(receiver.received)) == (taken, int(taken))


async def test_a_redirect_into_ones_own_network_is_a_failure_and_is_not_followed() -> None:
    async with receiving() as there, receiving() as receiver:
        receiver.respond = status(301, location=there.address)
        reply = await post(Sender(Guard(LOOPBACK, plain_http=True)), receiver.address)
        assert (reply.status, reply.is_success, there.received) == (301, False, [])


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await post(Sender(Guard(LOOPBACK, plain_http=True)), receiver.address)).is_success
        assert proxy.received == []


ADDRESS = "https://hooks.example.com/services/T0/B0/secret"


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (aiohttp.ClientOSError(None, f"Can not write request body for {ADDRESS}"), "ClientOSError"),
        (aiohttp.ClientOSError(errno.EPIPE, f"Can not write request body for {ADDRESS}"), "Broken pipe"),
        (aiohttp.ServerDisconnectedError(ADDRESS), "ServerDisconnectedError"),
        (aiohttp.InvalidURL(ADDRESS), "InvalidURL"),
        (aiohttp.ClientConnectorError(Mock(), OSError(errno.ECONNREFUSED, ADDRESS)), "Connection refused"),
        (aiohttp.ClientResponseError(Mock(real_url=ADDRESS), (), message="Bad\n  status line"), "Bad status line"),
        (aiohttp.ClientConnectorSSLError(Mock(), ssl.SSLError(1, ADDRESS)), "TLS"),
        (aiohttp.ClientPayloadError(ADDRESS), "ClientPayloadError"),
        (RuntimeError(ADDRESS), "RuntimeError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_what_is_said_of_trouble_has_no_address_which_may_be_secret(trouble: Exception, said: str) -> None:
    assert said_of(trouble) == said


async def test_what_is_said_of_a_connection_that_ends_at_once_has_no_address() -> None:
    async with receiving() as receiver:

        async def end(_: Received, writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        receiver.respond = end
        sender = Sender(Guard(LOOPBACK, plain_http=True))
        async with aclosing(sender):
            errors = {(await sender.post(receiver.address, {}, b"{}")).answer.error for _ in range(5)}
    assert all(error.startswith(Failure.CONNECTION) for error in errors)
    assert "hooks" not in str(errors)


async def test_a_name_without_an_address_is_not_found() -> None:
    assert (await post(Sender(guard_of([])), "https://erp.example.com/hooks")).answer.error == Failure.NAME


async def test_long_headers_and_times_that_are_none_are_no_trouble() -> None:
    async with receiving() as receiver:
        never = "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"
        receiver.respond = status(429, Retry_After=never, Content_Security_Policy="x" * 20_000)
        reply = await post(Sender(Guard(LOOPBACK, plain_http=True)), receiver.address)
    assert (reply.status, reply.retry_after) == (429, None)


def certificate_of(name: str, folder: Path) -> Path:
    """A file with a key and a certificate of a name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


def guard_of(addresses: Sequence[str]) -> Guard:
    """A guard to which every name has these addresses."""

    async def resolve(_: str, __: int) -> Sequence[str]:
        return addresses

    return Guard(resolve=resolve)


async def post(sender: Sender, address: str) -> Reply:
    async with aclosing(sender):
        return await sender.post(address, {}, b"{}")
