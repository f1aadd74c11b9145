"""Where calls to other systems may go: never into the network that the product itself stands in.

A name is resolved, every address that it has is checked, and the connection goes to one that was checked, so that what a name
says later changes nothing. Source: notices.md, "To systems".
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

LONGEST_ADDRESS: Final = 2000
LOWEST_PORT: Final = 1024
"""Lower ones are of services that are no web servers, except the two of HTTP."""
_LONGEST_HEADER: Final = 65536
"""Bytes of one header of an answer."""
_LONGEST_SAID: Final = 200
_PORTS: Final = {"https": 443, "http": 80}
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")

_NAT64: Final = (IPv6Network("64:ff9b::/96"),)
"""Networks whose last 32 bits are an IPv4 address that is reached through them (RFC 6052)."""
_REFUSED: Final = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # a public address by which a cloud's machines reach what runs them
        "64:ff9b:1::/48",  # NAT64 of a network's own (RFC 8215)
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "fec0::/10",  # site-local
    )
)
"""What ``ipaddress`` takes for public and is not, or leads to IPv4 addresses by ways that nobody needs any more."""


class AddressRefused(Exception):
    """Nothing is sent there. ``reason`` is a key of the catalogue."""

    def __init__(self, reason: str, **params: str) -> None:
        super().__init__(reason, params)
        self.reason = reason
        self.params = params


class Guard:
    """Says where calls may go.

    Args:
        allowed: networks that may be called although they are not public.
        plain_http: whether calls may go without TLS: in a demo on one machine.
        resolve: the addresses of a name; by default the system's.
    """

    def __init__(
        self, allowed: Iterable[IpNetwork] = (), *, plain_http: bool = False, resolve: Resolve | None = None
    ) -> None:
        self._allowed = tuple(allowed)
        self._schemes = ("https", "http") if plain_http else ("https",)
        self._resolve = resolve or _resolve

    def check_form(self, address: str) -> None:
        """Refuse an address (URL) that no call may have, as far as it can be seen.

        Raises:
            AddressRefused: it is no web address, has credentials, a port of something else, or names a network that is not
                to be called.
        """
        parts = _parts(address)
        if parts.scheme not in self._schemes:
            raise AddressRefused("address_scheme")
        if parts.username is not None or parts.password is not None:
            raise AddressRefused("address_credentials")
        port = parts.port if parts.port is not None else _PORTS[parts.scheme]
        if port not in _PORTS.values() and port < LOWEST_PORT:
            raise AddressRefused("address_port", lowest=str(LOWEST_PORT))
        try:
            literal = ip_address(parts.hostname or "")
        except ValueError:
            return
        self.check_ip(literal)

    async def check(self, address: str) -> None:
        """Refuse an address as ``check_form`` does, and one whose name leads where no call may go. A name that is not known
        now may be later; it is checked again with each connection.

        Raises:
            AddressRefused: see there.
        """
        self.check_form(address)
        parts = _parts(address)
        try:
            await self.addresses(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        except OSError:
            return

    def check_ip(self, address: IpAddress) -> None:
        """Refuse an IP address that no connection may go to.

        Raises:
            AddressRefused: it is not public, and no setting names its network.
        """
        meant = _meant(address)
        if any(meant in network or address in network for network in self._allowed):
            return
        refused = any(one in network for network in _REFUSED for one in {address, meant})
        if refused or not meant.is_global or meant.is_multicast or meant.is_reserved:
            raise AddressRefused("address_not_public", host=str(meant))

    async def addresses(self, host: str, port: int) -> list[str]:
        """The IP addresses of a host, all of which may be connected to.

        Raises:
            AddressRefused: one of them may not.
            OSError: the name is not known.
        """
        found = list(dict.fromkeys(await self._resolve(host, port)))
        if not found:
            raise OSError("the name has no address")
        for address in found:
            self.check_ip(ip_address(address.partition("%")[0]))
        return found


def guarded_session(guard: Guard, tls: ssl.SSLContext | None, *, idle: float, connect: float) -> aiohttp.ClientSession:
    """Makes calls to where a guard lets them go, and is to be closed: no cookie is kept, no proxy asked, no answer unpacked. TLS
    still asks for the certificate of the name. Its calls raise ``AddressRefused`` besides what aiohttp raises.

    Args:
        guard: says where.
        tls: whose certificates are good; by default the system's authorities.
        idle: seconds for which a connection is kept for the next call.
        connect: seconds until there must be a connection, the search for the name included.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=tls or _usual_tls(),
            limit=0,
            keepalive_timeout=idle,
            resolver=_GuardedNames(guard),
            use_dns_cache=False,
            socket_factory=partial(_guarded_socket, guard),
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=connect),
        auto_decompress=False,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
        skip_auto_headers=("Accept-Encoding",),
    )


def said_of(trouble: Exception) -> str:
    """Why there was no connection or no answer, in a few English words: never aiohttp's own, which can have the whole address, a
    secret if it is a chat's.
    """
    cause = getattr(trouble, "os_error", None) or getattr(trouble, "certificate_error", None) or trouble
    if isinstance(cause, ssl.SSLError):
        return getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "TLS"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    if isinstance(trouble, aiohttp.ClientResponseError):
        return " ".join(trouble.message.split())[:_LONGEST_SAID]
    return type(trouble).__name__


def as_it_stands(address: str) -> URL:
    """An address that ``Guard.check_form`` took, not written in another way."""
    return URL(address, encoded=True)


class _GuardedNames(AbstractResolver):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._guard.addresses(host, port)
        ]

    async def close(self) -> None:
        pass


def _usual_tls() -> ssl.SSLContext:
    """The system's authorities, also those of companies whose certificates lack what only newer Pythons ask for."""
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _guarded_socket(guard: Guard, info: aiohttp.AddrInfoType) -> socket.socket:
    """A socket for a connection to an address: whatever was seen of it before, it is looked at as it is connected to."""
    family, kind, protocol, _, sockaddr = info
    guard.check_ip(ip_address(str(sockaddr[0]).partition("%")[0]))
    return socket.socket(family, kind, protocol)


def _parts(address: str) -> SplitResult:
    """An address in its parts.

    Raises:
        AddressRefused: it is none.
    """
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not address.isprintable() or " " in address:
        raise AddressRefused("address_form")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("address_form") from error
    bracketed = f"[{host}]" if host and ":" in host else host
    if not bracketed or not _HOST.fullmatch(bracketed) or parts.fragment or "\\" in address:
        raise AddressRefused("address_form")
    return parts


def _meant(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 address is another form of; any other address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if any(address in network for network in _NAT64):
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in found]
