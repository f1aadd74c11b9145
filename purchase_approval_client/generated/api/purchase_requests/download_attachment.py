from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    request_id: UUID,
    attachment_id: UUID,
    *,
    inline: bool | Unset = False,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["inline"] = inline

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/purchase-requests/{request_id}/attachments/{attachment_id}".format(
            request_id=quote(str(request_id), safe=""),
            attachment_id=quote(str(attachment_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> File | Problem | None:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

        return response_200

    if response.status_code == 206:
        response_206 = File(payload=BytesIO(response.content))

        return response_206

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

    if response.status_code == 416:
        response_416 = Problem.from_dict(response.json())

        return response_416

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
    request_id: UUID,
    attachment_id: UUID,
    *,
    client: AuthenticatedClient,
    inline: bool | Unset = False,
) -> Response[File | Problem]:
    """Download a file of a request, or with Range a part of it

    Args:
        request_id (UUID):
        attachment_id (UUID):
        inline (bool | Unset): have a browser show it, if it is a PDF or a picture Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[File | Problem]
    """

    kwargs = _get_kwargs(
        request_id=request_id,
        attachment_id=attachment_id,
        inline=inline,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    request_id: UUID,
    attachment_id: UUID,
    *,
    client: AuthenticatedClient,
    inline: bool | Unset = False,
) -> File | Problem | None:
    """Download a file of a request, or with Range a part of it

    Args:
        request_id (UUID):
        attachment_id (UUID):
        inline (bool | Unset): have a browser show it, if it is a PDF or a picture Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        File | Problem
    """

    return sync_detailed(
        request_id=request_id,
        attachment_id=attachment_id,
        client=client,
        inline=inline,
    ).parsed


async def asyncio_detailed(
    request_id: UUID,
    attachment_id: UUID,
    *,
    client: AuthenticatedClient,
    inline: bool | Unset = False,
) -> Response[File | Problem]:
    """Download a file of a request, or with Range a part of it

    Args:
        request_id (UUID):
        attachment_id (UUID):
        inline (bool | Unset): have a browser show it, if it is a PDF or a picture Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[File | Problem]
    """

    kwargs = _get_kwargs(
        request_id=request_id,
        attachment_id=attachment_id,
        inline=inline,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    request_id: UUID,
    attachment_id: UUID,
    *,
    client: AuthenticatedClient,
    inline: bool | Unset = False,
) -> File | Problem | None:
    """Download a file of a request, or with Range a part of it

    Args:
        request_id (UUID):
        attachment_id (UUID):
        inline (bool | Unset): have a browser show it, if it is a PDF or a picture Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        File | Problem
    """

    return (
        await asyncio_detailed(
            request_id=request_id,
            attachment_id=attachment_id,
            client=client,
            inline=inline,
        )
    ).parsed
