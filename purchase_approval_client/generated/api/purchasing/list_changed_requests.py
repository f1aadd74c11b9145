from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.changes_page import ChangesPage
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    changed_since: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_changed_since: None | str | Unset
    if isinstance(changed_since, Unset):
        json_changed_since = UNSET
    else:
        json_changed_since = changed_since
    params["changed_since"] = json_changed_since

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/purchasing/requests",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ChangesPage | Problem | None:
    if response.status_code == 200:
        response_200 = ChangesPage.from_dict(response.json())

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
) -> Response[ChangesPage | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    changed_since: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[ChangesPage | Problem]:
    """Pull approved requests that changed: approved, bought, received, marked; purchasing and admins only

     For systems that no webhook reaches. Each request is there once, as it is now, in the order of last
    changes. Take the pages by
    `next_cursor` until it is null; later begin again with `next_changed_since` of the last one. So
    nothing is missed, whatever is
    written meanwhile, and a request that changes while you read may come twice. A time is for
    beginning: what changes just then may
    be committed a moment later, and only `next_changed_since` knows.

    Args:
        changed_since (None | str | Unset): A time (RFC 3339), or `next_changed_since` of an
            answer; left out: everything from the beginning.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChangesPage | Problem]
    """

    kwargs = _get_kwargs(
        changed_since=changed_since,
        cursor=cursor,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    changed_since: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> ChangesPage | Problem | None:
    """Pull approved requests that changed: approved, bought, received, marked; purchasing and admins only

     For systems that no webhook reaches. Each request is there once, as it is now, in the order of last
    changes. Take the pages by
    `next_cursor` until it is null; later begin again with `next_changed_since` of the last one. So
    nothing is missed, whatever is
    written meanwhile, and a request that changes while you read may come twice. A time is for
    beginning: what changes just then may
    be committed a moment later, and only `next_changed_since` knows.

    Args:
        changed_since (None | str | Unset): A time (RFC 3339), or `next_changed_since` of an
            answer; left out: everything from the beginning.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChangesPage | Problem
    """

    return sync_detailed(
        client=client,
        changed_since=changed_since,
        cursor=cursor,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    changed_since: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[ChangesPage | Problem]:
    """Pull approved requests that changed: approved, bought, received, marked; purchasing and admins only

     For systems that no webhook reaches. Each request is there once, as it is now, in the order of last
    changes. Take the pages by
    `next_cursor` until it is null; later begin again with `next_changed_since` of the last one. So
    nothing is missed, whatever is
    written meanwhile, and a request that changes while you read may come twice. A time is for
    beginning: what changes just then may
    be committed a moment later, and only `next_changed_since` knows.

    Args:
        changed_since (None | str | Unset): A time (RFC 3339), or `next_changed_since` of an
            answer; left out: everything from the beginning.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChangesPage | Problem]
    """

    kwargs = _get_kwargs(
        changed_since=changed_since,
        cursor=cursor,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    changed_since: None | str | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> ChangesPage | Problem | None:
    """Pull approved requests that changed: approved, bought, received, marked; purchasing and admins only

     For systems that no webhook reaches. Each request is there once, as it is now, in the order of last
    changes. Take the pages by
    `next_cursor` until it is null; later begin again with `next_changed_since` of the last one. So
    nothing is missed, whatever is
    written meanwhile, and a request that changes while you read may come twice. A time is for
    beginning: what changes just then may
    be committed a moment later, and only `next_changed_since` knows.

    Args:
        changed_since (None | str | Unset): A time (RFC 3339), or `next_changed_since` of an
            answer; left out: everything from the beginning.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChangesPage | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            changed_since=changed_since,
            cursor=cursor,
            limit=limit,
        )
    ).parsed
