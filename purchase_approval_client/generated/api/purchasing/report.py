from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.applied import Applied
from ...models.problem import Problem
from ...models.purchasing_event import PurchasingEvent
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: PurchasingEvent,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/purchasing/events",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Applied | Problem | None:
    if response.status_code == 200:
        response_200 = Applied.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Applied | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: PurchasingEvent,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Applied | Problem]:
    """Report purchase status and what came, went back, or has come in all; purchasing only

     Every report of a quantity is a row of a ledger that stays; what a line has received is the newest
    `quantity_received`, or nothing,
    and all that was `received` and `sent_back` after that (by `occurred_at`, then by `event_id`). So
    events may come in any order
    and more than once. More than was requested, or a status that the quantities speak against, is kept,
    and is a warning of the
    request. An `event_id` belongs to one report: the same report again, however
    it is written, changes nothing; another one is refused. A request that the caller may not see is
    answered like a
    number that there is not: with the role purchasing alone, one that is not completed.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchasingEvent): One report of the purchasing system.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Applied | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: PurchasingEvent,
    idempotency_key: None | str | Unset = UNSET,
) -> Applied | Problem | None:
    """Report purchase status and what came, went back, or has come in all; purchasing only

     Every report of a quantity is a row of a ledger that stays; what a line has received is the newest
    `quantity_received`, or nothing,
    and all that was `received` and `sent_back` after that (by `occurred_at`, then by `event_id`). So
    events may come in any order
    and more than once. More than was requested, or a status that the quantities speak against, is kept,
    and is a warning of the
    request. An `event_id` belongs to one report: the same report again, however
    it is written, changes nothing; another one is refused. A request that the caller may not see is
    answered like a
    number that there is not: with the role purchasing alone, one that is not completed.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchasingEvent): One report of the purchasing system.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Applied | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: PurchasingEvent,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Applied | Problem]:
    """Report purchase status and what came, went back, or has come in all; purchasing only

     Every report of a quantity is a row of a ledger that stays; what a line has received is the newest
    `quantity_received`, or nothing,
    and all that was `received` and `sent_back` after that (by `occurred_at`, then by `event_id`). So
    events may come in any order
    and more than once. More than was requested, or a status that the quantities speak against, is kept,
    and is a warning of the
    request. An `event_id` belongs to one report: the same report again, however
    it is written, changes nothing; another one is refused. A request that the caller may not see is
    answered like a
    number that there is not: with the role purchasing alone, one that is not completed.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchasingEvent): One report of the purchasing system.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Applied | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: PurchasingEvent,
    idempotency_key: None | str | Unset = UNSET,
) -> Applied | Problem | None:
    """Report purchase status and what came, went back, or has come in all; purchasing only

     Every report of a quantity is a row of a ledger that stays; what a line has received is the newest
    `quantity_received`, or nothing,
    and all that was `received` and `sent_back` after that (by `occurred_at`, then by `event_id`). So
    events may come in any order
    and more than once. More than was requested, or a status that the quantities speak against, is kept,
    and is a warning of the
    request. An `event_id` belongs to one report: the same report again, however
    it is written, changes nothing; another one is refused. A request that the caller may not see is
    answered like a
    number that there is not: with the role purchasing alone, one that is not completed.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchasingEvent): One report of the purchasing system.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Applied | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
