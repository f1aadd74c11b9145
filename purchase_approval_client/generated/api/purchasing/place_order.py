from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.placed_order import PlacedOrder
from ...models.problem import Problem
from ...models.purchase_order_draft import PurchaseOrderDraft
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: PurchaseOrderDraft,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/purchasing/orders",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> PlacedOrder | Problem | None:
    if response.status_code == 200:
        response_200 = PlacedOrder.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = PlacedOrder.from_dict(response.json())

        return response_201

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PlacedOrder | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: PurchaseOrderDraft,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[PlacedOrder | Problem]:
    """Say by which purchase order goods of approved requests are bought; purchasing and admins only

     An order is known by its `number`. The same again changes nothing (`unchanged`); another content
    under the number of an order
    replaces it as a whole (`changed`), also one that was cancelled, which stands again. An order may
    have lines of several
    requests, and a line be on several orders; more than was requested is kept, and is a warning of the
    request. Once an order stands
    for a request, recalling or cancelling it is refused with `order_exists`. A request that the caller
    may not see is answered
    like a number that there is not.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchaseOrderDraft): A purchase order as it is to be, with all of its lines.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PlacedOrder | Problem]
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
    body: PurchaseOrderDraft,
    idempotency_key: None | str | Unset = UNSET,
) -> PlacedOrder | Problem | None:
    """Say by which purchase order goods of approved requests are bought; purchasing and admins only

     An order is known by its `number`. The same again changes nothing (`unchanged`); another content
    under the number of an order
    replaces it as a whole (`changed`), also one that was cancelled, which stands again. An order may
    have lines of several
    requests, and a line be on several orders; more than was requested is kept, and is a warning of the
    request. Once an order stands
    for a request, recalling or cancelling it is refused with `order_exists`. A request that the caller
    may not see is answered
    like a number that there is not.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchaseOrderDraft): A purchase order as it is to be, with all of its lines.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PlacedOrder | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: PurchaseOrderDraft,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[PlacedOrder | Problem]:
    """Say by which purchase order goods of approved requests are bought; purchasing and admins only

     An order is known by its `number`. The same again changes nothing (`unchanged`); another content
    under the number of an order
    replaces it as a whole (`changed`), also one that was cancelled, which stands again. An order may
    have lines of several
    requests, and a line be on several orders; more than was requested is kept, and is a warning of the
    request. Once an order stands
    for a request, recalling or cancelling it is refused with `order_exists`. A request that the caller
    may not see is answered
    like a number that there is not.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchaseOrderDraft): A purchase order as it is to be, with all of its lines.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PlacedOrder | Problem]
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
    body: PurchaseOrderDraft,
    idempotency_key: None | str | Unset = UNSET,
) -> PlacedOrder | Problem | None:
    """Say by which purchase order goods of approved requests are bought; purchasing and admins only

     An order is known by its `number`. The same again changes nothing (`unchanged`); another content
    under the number of an order
    replaces it as a whole (`changed`), also one that was cancelled, which stands again. An order may
    have lines of several
    requests, and a line be on several orders; more than was requested is kept, and is a warning of the
    request. Once an order stands
    for a request, recalling or cancelling it is refused with `order_exists`. A request that the caller
    may not see is answered
    like a number that there is not.

    Args:
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (PurchaseOrderDraft): A purchase order as it is to be, with all of its lines.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PlacedOrder | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
