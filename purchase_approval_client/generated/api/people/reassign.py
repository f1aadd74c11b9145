from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.reassign import Reassign
from ...models.reassignment import Reassignment
from ...types import UNSET, Response, Unset


def _get_kwargs(
    username: str,
    *,
    body: Reassign,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/people/{username}/reassign".format(
            username=quote(str(username), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Reassignment | None:
    if response.status_code == 200:
        response_200 = Reassignment.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = Reassignment.from_dict(response.json())

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
) -> Response[Problem | Reassignment]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    username: str,
    *,
    client: AuthenticatedClient,
    body: Reassign,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | Reassignment]:
    """Give every open assignment of somebody to others; with dry_run, say of each what would happen

     It is decided request by request, each on its own timeline. What can be given to nobody stays, and a
    dry run afterwards says
    why. Admins only.

    Args:
        username (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (Reassign): Who gets what waits on somebody.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Reassignment]
    """

    kwargs = _get_kwargs(
        username=username,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    username: str,
    *,
    client: AuthenticatedClient,
    body: Reassign,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | Reassignment | None:
    """Give every open assignment of somebody to others; with dry_run, say of each what would happen

     It is decided request by request, each on its own timeline. What can be given to nobody stays, and a
    dry run afterwards says
    why. Admins only.

    Args:
        username (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (Reassign): Who gets what waits on somebody.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Reassignment
    """

    return sync_detailed(
        username=username,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    username: str,
    *,
    client: AuthenticatedClient,
    body: Reassign,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | Reassignment]:
    """Give every open assignment of somebody to others; with dry_run, say of each what would happen

     It is decided request by request, each on its own timeline. What can be given to nobody stays, and a
    dry run afterwards says
    why. Admins only.

    Args:
        username (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (Reassign): Who gets what waits on somebody.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Reassignment]
    """

    kwargs = _get_kwargs(
        username=username,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    username: str,
    *,
    client: AuthenticatedClient,
    body: Reassign,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | Reassignment | None:
    """Give every open assignment of somebody to others; with dry_run, say of each what would happen

     It is decided request by request, each on its own timeline. What can be given to nobody stays, and a
    dry run afterwards says
    why. Admins only.

    Args:
        username (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (Reassign): Who gets what waits on somebody.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Reassignment
    """

    return (
        await asyncio_detailed(
            username=username,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
