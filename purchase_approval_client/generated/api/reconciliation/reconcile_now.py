from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.reconciliation_view import ReconciliationView
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/reconciliation/passes",
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | ReconciliationView | None:
    if response.status_code == 202:
        response_202 = ReconciliationView.from_dict(response.json())

        return response_202

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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
) -> Response[Problem | ReconciliationView]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | ReconciliationView]:
    """Compare the CRM with the engine now; admins only. One comparison is made at a time

     While one is under way nothing else is begun. What it came to is in `passes` when `under_way` is
    false again; where it is false in the
    answer, the comparison begins when a worker is there, and is the one of `passes` with a later
    `started_at`. Where comparisons are
    switched off, there is nothing to be found here (404).

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ReconciliationView]
    """

    kwargs = _get_kwargs(
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | ReconciliationView | None:
    """Compare the CRM with the engine now; admins only. One comparison is made at a time

     While one is under way nothing else is begun. What it came to is in `passes` when `under_way` is
    false again; where it is false in the
    answer, the comparison begins when a worker is there, and is the one of `passes` with a later
    `started_at`. Where comparisons are
    switched off, there is nothing to be found here (404).

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ReconciliationView
    """

    return sync_detailed(
        client=client,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | ReconciliationView]:
    """Compare the CRM with the engine now; admins only. One comparison is made at a time

     While one is under way nothing else is begun. What it came to is in `passes` when `under_way` is
    false again; where it is false in the
    answer, the comparison begins when a worker is there, and is the one of `passes` with a later
    `started_at`. Where comparisons are
    switched off, there is nothing to be found here (404).

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ReconciliationView]
    """

    kwargs = _get_kwargs(
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | ReconciliationView | None:
    """Compare the CRM with the engine now; admins only. One comparison is made at a time

     While one is under way nothing else is begun. What it came to is in `passes` when `under_way` is
    false again; where it is false in the
    answer, the comparison begins when a worker is there, and is the one of `passes` with a later
    `started_at`. Where comparisons are
    switched off, there is nothing to be found here (404).

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ReconciliationView
    """

    return (
        await asyncio_detailed(
            client=client,
            idempotency_key=idempotency_key,
        )
    ).parsed
