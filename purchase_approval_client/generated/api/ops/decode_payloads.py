from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.encoded_payloads import EncodedPayloads
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: EncodedPayloads,
    x_namespace: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_namespace, Unset):
        headers["X-Namespace"] = x_namespace

    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/codec/decode",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EncodedPayloads | Problem | None:
    if response.status_code == 200:
        response_200 = EncodedPayloads.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[EncodedPayloads | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: EncodedPayloads,
    x_namespace: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[EncodedPayloads | Problem]:
    """Read payloads that the engine has, as Temporal's remote codec; admins only

     In place of one that cannot be read stands a text that says why, and what is to be done. Those that
    are not encrypted come back as they
    are. The answer is never kept for its `Idempotency-Key`.

    Args:
        x_namespace (None | str | Unset): The engine's namespace; another one than this
            installation's is refused
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (EncodedPayloads): Payloads; the answer has them in the same order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EncodedPayloads | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        x_namespace=x_namespace,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: EncodedPayloads,
    x_namespace: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> EncodedPayloads | Problem | None:
    """Read payloads that the engine has, as Temporal's remote codec; admins only

     In place of one that cannot be read stands a text that says why, and what is to be done. Those that
    are not encrypted come back as they
    are. The answer is never kept for its `Idempotency-Key`.

    Args:
        x_namespace (None | str | Unset): The engine's namespace; another one than this
            installation's is refused
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (EncodedPayloads): Payloads; the answer has them in the same order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EncodedPayloads | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        x_namespace=x_namespace,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: EncodedPayloads,
    x_namespace: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[EncodedPayloads | Problem]:
    """Read payloads that the engine has, as Temporal's remote codec; admins only

     In place of one that cannot be read stands a text that says why, and what is to be done. Those that
    are not encrypted come back as they
    are. The answer is never kept for its `Idempotency-Key`.

    Args:
        x_namespace (None | str | Unset): The engine's namespace; another one than this
            installation's is refused
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (EncodedPayloads): Payloads; the answer has them in the same order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EncodedPayloads | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        x_namespace=x_namespace,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: EncodedPayloads,
    x_namespace: None | str | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> EncodedPayloads | Problem | None:
    """Read payloads that the engine has, as Temporal's remote codec; admins only

     In place of one that cannot be read stands a text that says why, and what is to be done. Those that
    are not encrypted come back as they
    are. The answer is never kept for its `Idempotency-Key`.

    Args:
        x_namespace (None | str | Unset): The engine's namespace; another one than this
            installation's is refused
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (EncodedPayloads): Payloads; the answer has them in the same order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EncodedPayloads | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            x_namespace=x_namespace,
            idempotency_key=idempotency_key,
        )
    ).parsed
