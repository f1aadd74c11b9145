from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.amis_draft import AmisDraft
from ...models.amis_view import AmisView
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    *,
    body: AmisDraft,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/connectors/amis",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> AmisView | Problem | None:
    if response.status_code == 200:
        response_200 = AmisView.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[AmisView | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: AmisDraft,
) -> Response[AmisView | Problem]:
    """Connect AMIS, or change how it is reached; admins only

     Everything is read once, then every minute what has changed. With another address, client or names
    of fields everything is
    read anew. The address must be on the public internet, unless a setting of the installation names
    its network.

    Args:
        body (AmisDraft): How AMIS is to be reached. Secrets that are left out stay as they are;
            an empty `hint_secret` is none: no hint is taken.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AmisView | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: AmisDraft,
) -> AmisView | Problem | None:
    """Connect AMIS, or change how it is reached; admins only

     Everything is read once, then every minute what has changed. With another address, client or names
    of fields everything is
    read anew. The address must be on the public internet, unless a setting of the installation names
    its network.

    Args:
        body (AmisDraft): How AMIS is to be reached. Secrets that are left out stay as they are;
            an empty `hint_secret` is none: no hint is taken.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AmisView | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: AmisDraft,
) -> Response[AmisView | Problem]:
    """Connect AMIS, or change how it is reached; admins only

     Everything is read once, then every minute what has changed. With another address, client or names
    of fields everything is
    read anew. The address must be on the public internet, unless a setting of the installation names
    its network.

    Args:
        body (AmisDraft): How AMIS is to be reached. Secrets that are left out stay as they are;
            an empty `hint_secret` is none: no hint is taken.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AmisView | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: AmisDraft,
) -> AmisView | Problem | None:
    """Connect AMIS, or change how it is reached; admins only

     Everything is read once, then every minute what has changed. With another address, client or names
    of fields everything is
    read anew. The address must be on the public internet, unless a setting of the installation names
    its network.

    Args:
        body (AmisDraft): How AMIS is to be reached. Secrets that are left out stay as they are;
            an empty `hint_secret` is none: no hint is taken.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AmisView | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
