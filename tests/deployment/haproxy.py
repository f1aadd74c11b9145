"""HAProxy with the configuration that is deployed, before processes of this machine."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from cluster.programs import with_more_paths
from embedded.processes import free_port

Leads = Callable[[int], Awaitable[bool]]
"""Whether a balancer leads calls to the API of a port."""


def free_ports(wanted: int) -> list[int]:
    ports: list[int] = []
    while len(ports) < wanted:
        ports.append(free_port(*ports))
    return ports


HAPROXY = shutil.which("haproxy", path=with_more_paths()["PATH"])


def for_these(ports: list[int], pages: int, engine: int, status: int) -> str:
    """The balancer's configuration of docker-compose.two-of-each.yml, with addresses of this machine in place of names."""
    text = (Path(__file__).parents[2] / "deploy" / "haproxy" / "haproxy.cfg").read_text()
    text = text.replace("maxconn 20000", "maxconn 200")
    text = re.sub(r"resolvers docker\n(?: .*\n)+", "", text)
    text = text.replace(" resolvers docker init-addr none", "")
    text = text.replace(" init-state down", "")  # which HAProxy knows since 3.1
    servers = "\n".join(f"    server api-{port} 127.0.0.1:{port}" for port in ports)
    text = text.replace("    server-template api 4 api:8000", servers)
    text = re.sub(r"server-template frontend .*", "server frontend-1 127.0.0.1:9", text)
    text = text.replace("bind :8000", f"bind 127.0.0.1:{pages}").replace("bind :7233", f"bind 127.0.0.1:{engine}")
    listen = f"bind 127.0.0.1:{status}\n    http-request use-service prometheus-exporter"
    return f"{text}\nfrontend status\n    mode http\n    timeout client 10s\n    {listen}\n"


@asynccontextmanager
async def haproxy(directory: Path, ports: list[int], pages: int) -> AsyncIterator[Leads]:
    """HAProxy as it is deployed, before the APIs of these ports."""
    engine = free_port(pages, *ports)
    status = free_port(pages, engine, *ports)
    async with running(directory, for_these(ports, pages, engine, status)):

        async def leads_to(port: int) -> bool:
            return await is_up(status, f"api-{port}")

        yield leads_to


@asynccontextmanager
async def running(directory: Path, text: str) -> AsyncIterator[None]:
    """HAProxy with a configuration, for as long as the block runs."""
    assert HAPROXY is not None
    (directory / "haproxy.cfg").write_text(text)
    with (directory / "haproxy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            HAPROXY, "-db", "-f", str(directory / "haproxy.cfg"), stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def is_up(status: int, server: str) -> bool:
    """Whether the balancer whose metrics are at this port leads calls to a server."""
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            text = (await http.get(f"http://127.0.0.1:{status}/metrics")).text
        except httpx.TransportError:
            return False
    return bool(re.search(rf'haproxy_server_status{{proxy="apis?",server="{server}",state="UP"}} 1\b', text))
