"""A worker that starts waits for an engine that is away, and ends with the reason and the remedy when it is refused."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from application.delivery.connecting import NotLetInError, refusal
from embedded.processes import free_port
from embedded.temporal import TemporalServer, without_client_settings
from settings import Settings
from tests.notices.test_guard import certificate_of
from worker import _connect_as_its_build, _once_there

PREFACE = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
HEADERS, SETTINGS = 1, 4
ACKNOWLEDGED, WHOLE = 1, 5
"""Flags of frames: of settings, and of headers after which nothing comes."""


@pytest.fixture(autouse=True)
def _without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.RETRY_SECONDS", 0)


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime(telemetry=TelemetryConfig())


@asynccontextmanager
async def engine(
    status: RPCStatusCode | None = None, tls: ssl.SSLContext | None = None, *, says: bytes = b""
) -> AsyncIterator[str]:
    """The address of one that answers each call with a status, or says something and cuts off whoever comes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(PREFACE)
            writer.write(says or frame(SETTINGS))
            while status is not None:
                head = await reader.readexactly(9)
                await reader.readexactly(int.from_bytes(head[:3], "big"))
                if head[3] == HEADERS:
                    writer.write(frame(HEADERS, WHOLE, head[5:9], refused(status)))
                elif head[3] == SETTINGS and head[4] != ACKNOWLEDGED:
                    writer.write(frame(SETTINGS, ACKNOWLEDGED))
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@contextmanager
def handshakes(tls: ssl.SSLContext) -> Iterator[str]:
    """The address of one that says why when certificates do not suit it, as asyncio's servers do not, and else cuts off whoever comes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), tls.wrap_socket(connection, server_side=True):
                    pass

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def frame(kind: int, flags: int = 0, stream: bytes = bytes(4), payload: bytes = b"") -> bytes:
    """One of HTTP/2 (RFC 9113, 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream + payload


def refused(status: RPCStatusCode) -> bytes:
    """Headers of a gRPC answer that is a status alone (RFC 7541, 6)."""
    fields = {b"content-type": b"application/grpc", b"grpc-status": str(status.value).encode(), b"grpc-message": b"no"}
    named = (b"\0" + bytes([len(name)]) + name + bytes([len(said)]) + said for name, said in fields.items())
    return b"\x88" + b"".join(named)  # :status 200


def with_tls(certificate: Path) -> ssl.SSLContext:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    server.set_alpn_protocols(["h2"])
    return server


@pytest.mark.parametrize(
    "status",
    [
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.UNKNOWN,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.INTERNAL,
    ],
)
async def test_an_engine_that_says_it_is_away_is_waited_for(
    status: RPCStatusCode, settings: Settings, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(RPCError("no", status, b"")) is None
    async with engine(status) as address:
        monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        with pytest.raises(RuntimeError, match="(?i)" + status.name.replace("_", "")):
            await _connect_as_its_build(settings, runtime, None)


@pytest.mark.parametrize(
    "status", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.UNIMPLEMENTED]
)
async def test_one_that_refuses_is_not(
    status: RPCStatusCode, settings: Settings, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(RPCError("no", status, b"")) is not None
    asked = "whether it is Temporal" if status is RPCStatusCode.UNIMPLEMENTED else "TEMPORAL_API_KEY"
    async with engine(status) as address:
        monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        with pytest.raises(NotLetInError, match=f"(?i){status.name.replace('_', '')}.*{asked}"):
            await _connect_as_its_build(settings, runtime, None)


async def test_one_that_is_not_there_yet_cuts_calls_off_or_has_no_address_yet_is_waited_for(
    settings: Settings, runtime: Runtime, temporal: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine() as cuts_off:
        addresses = [f"127.0.0.1:{free_port()}", cuts_off, "engine.invalid:7233", temporal.address]

        async def connect() -> Client:
            monkeypatch.setenv("TEMPORAL_ADDRESS", addresses.pop(0))
            return await _connect_as_its_build(settings, runtime, None)

        assert await _once_there("engine", connect, asyncio.Event()) is not None
    assert not addresses


async def test_where_certificates_do_not_suit_nobody_waits(
    settings: Settings, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_of("engine.example.com", tmp_path)
    ours = {"TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(certificate), "TEMPORAL_TLS_SERVER_NAME": "engine.example.com"}
    wants_ours = with_tls(certificate)
    wants_ours.load_verify_locations(certificate)
    wants_ours.verify_mode = ssl.CERT_REQUIRED
    cases: list[tuple[ssl.SSLContext, dict[str, str]]] = [
        (with_tls(certificate), {"TEMPORAL_TLS": "true"}),
        (with_tls(certificate), {**ours, "TEMPORAL_TLS_SERVER_NAME": "other.example.com"}),
        (wants_ours, ours),
    ]

    async def connect(address: str, said: Mapping[str, str]) -> Client:
        with monkeypatch.context() as patch:
            for name, value in {**said, "TEMPORAL_ADDRESS": address}.items():
                patch.setenv(name, value)
            return await _connect_as_its_build(settings, runtime, None)

    for tls, said in cases:
        with handshakes(tls) as address, pytest.raises(NotLetInError, match="TEMPORAL_TLS_SERVER_CA_CERT_PATH"):
            # It says why after the handshake, which a call may not live to hear: the next try does.
            await _once_there("engine", partial(connect, address, said), asyncio.Event())
    async with engine() as without_tls, engine(says=b"HTTP/1.1 400 Bad Request\r\n\r\n") as of_pages:
        with pytest.raises(NotLetInError, match="TEMPORAL_TLS_SERVER_CA_CERT_PATH"):
            await connect(without_tls, ours)
        with pytest.raises(NotLetInError, match="Another port"):
            await connect(of_pages, {})
    async with engine(RPCStatusCode.UNAVAILABLE, with_tls(certificate)) as suits:
        with pytest.raises(RuntimeError, match="Unavailable"):
            await connect(suits, ours)


@pytest.mark.parametrize(
    "said",
    [
        "Server connection error: transport error: received fatal alert: InternalError",
        "Server connection error: transport error: received fatal alert: UnrecognisedName",
    ],
)
def test_a_server_or_balancer_that_has_no_certificate_at_this_moment_is_waited_for(said: str) -> None:
    assert refusal(RuntimeError(f"Failed client connect: {said}")) is None


async def test_a_certificate_whose_file_is_not_there_yet_is_waited_for(
    settings: Settings, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, later = certificate_of("engine.example.com", tmp_path), tmp_path / "later.pem"
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(later))
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_NAME", "engine.example.com")

    async def connect() -> Client:
        try:
            return await _connect_as_its_build(settings, runtime, None)
        finally:
            later.write_bytes(certificate.read_bytes())

    with capture_logs() as logs:
        async with engine(RPCStatusCode.PERMISSION_DENIED, with_tls(certificate)) as address:
            monkeypatch.setenv("TEMPORAL_ADDRESS", address)
            with pytest.raises(NotLetInError, match=r"(?i)permissiondenied"):  # its certificate was taken
                await _once_there("engine", connect, asyncio.Event())
    (waited,) = logs
    assert (waited["event"], str(later) in waited["error"]) == ("waiting", True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEMPORAL_ADDRESS", "127.0.0.1:7233:7233"),
        ("TEMPORAL_ADDRESS", "the engine:7233"),
        ("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "/"),
    ],
)
async def test_settings_that_lead_nowhere_are_named(
    name: str,
    value: str,
    settings: Settings,
    runtime: Runtime,
    temporal: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv(name, value)
    with pytest.raises(NotLetInError, match="TEMPORAL_ADDRESS"):
        await _connect_as_its_build(settings, runtime, None)


def test_a_worker_whose_namespace_there_is_not_ends_and_says_what_to_do(
    settings: Settings, temporal: TemporalServer, repository: Path
) -> None:
    said = {
        "DATABASE_URL": settings.database_url,
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": "nowhere",
        "DEMO_MODE": "true",
        "LOG_FORMAT": "json",
    }
    done = subprocess.run(
        [sys.executable, "worker.py"],
        cwd=repository,
        env={**without_client_settings(os.environ), **said},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert '"worker refused"' in told
    assert "nowhere" in told
    assert "TEMPORAL_NAMESPACE" in told
    assert "Traceback" not in told
