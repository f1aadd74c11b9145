"""Where calls to other systems may go: never into the network that the product itself stands in.

A name is resolved, every address that it has is checked, and the connection goes to one that was checked, so that what a name
says later changes nothing. Source: notices.md, "To systems".
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpcore2

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

LONGEST_ADDRESS: Final = 2000
LOWEST_PORT: Final = 1024
"""Lower ones are of services that are no web servers, except the two of HTTP."""
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
        for address in found:
            self.check_ip(ip_address(address.partition("%")[0]))
        return found


class GuardedBackend(httpcore2.AnyIOBackend):
    """Connects to where a guard lets it. TLS still asks for the certificate of the name.

    Args:
        guard: says where.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of a host that answers; all of them were checked.

        Raises:
            AddressRefused: one of them is not to be connected to.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: none of them answers, or the name is not known.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._guard.addresses(host, port)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout("the name was not found in time") from error
        except OSError as error:
            raise NameNotFound(str(error)) from error
        failed: Exception = NameNotFound("the name has no address")
        for address in addresses:
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's own
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """No call goes to a socket of this machine.

        Raises:
            AddressRefused: always.
        """
        raise AddressRefused("address_not_public", host=path)


class NameNotFound(httpcore2.ConnectError):
    """Nobody knows an address of the name."""


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


def timeouts(connect: float, call: float) -> dict[str, dict[str, float]]:
    """The limits of one call, as ``extensions`` of httpcore take them; seconds."""
    return {"timeout": {"connect": connect, "read": call, "write": call, "pool": call}}
