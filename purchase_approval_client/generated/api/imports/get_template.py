from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.import_kind import ImportKind
from ...models.problem import Problem
from ...types import File, Response


def _get_kwargs(
    kind: ImportKind,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/imports/{kind}/template".format(
            kind=quote(str(kind), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> File | Problem | None:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[File | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
) -> Response[File | Problem]:
    """Download a file to fill in, with its headings and an example; admins only

     As Excel, or by `Accept` as CSV (`text/csv`). The headings follow `Accept-Language`; a file may have
    them in either language.

    Args:
        kind (ImportKind): What a file is about.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[File | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
) -> File | Problem | None:
    """Download a file to fill in, with its headings and an example; admins only

     As Excel, or by `Accept` as CSV (`text/csv`). The headings follow `Accept-Language`; a file may have
    them in either language.

    Args:
        kind (ImportKind): What a file is about.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        File | Problem
    """

    return sync_detailed(
        kind=kind,
        client=client,
    ).parsed


async def asyncio_detailed(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
) -> Response[File | Problem]:
    """Download a file to fill in, with its headings and an example; admins only

     As Excel, or by `Accept` as CSV (`text/csv`). The headings follow `Accept-Language`; a file may have
    them in either language.

    Args:
        kind (ImportKind): What a file is about.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[File | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
) -> File | Problem | None:
    """Download a file to fill in, with its headings and an example; admins only

     As Excel, or by `Accept` as CSV (`text/csv`). The headings follow `Accept-Language`; a file may have
    them in either language.

    Args:
        kind (ImportKind): What a file is about.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        File | Problem
    """

    return (
        await asyncio_detailed(
            kind=kind,
            client=client,
        )
    ).parsed
