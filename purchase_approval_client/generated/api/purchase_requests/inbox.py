from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.inbox_page import InboxPage
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    q: str | Unset = "",
    overdue: bool | Unset = False,
    for_: None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["q"] = q

    params["overdue"] = overdue

    json_for_: None | str | Unset
    if isinstance(for_, Unset):
        json_for_ = UNSET
    else:
        json_for_ = for_
    params["for"] = json_for_

    params["flagged"] = flagged

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
        "url": "/api/v1/inbox",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> InboxPage | Problem | None:
    if response.status_code == 200:
        response_200 = InboxPage.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[InboxPage | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    q: str | Unset = "",
    overdue: bool | Unset = False,
    for_: None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[InboxPage | Problem]:
    """List the requests waiting on the caller, oldest deadline first

    Args:
        q (str | Unset): Looks in number, customer, order, goods, people, purpose; accents do not
            matter Default: ''.
        overdue (bool | Unset): Only what should have been decided by now Default: False.
        for_ (None | str | Unset): Of the caller, or of one of those whose substitute they are, by
            username
        flagged (bool | Unset): Only what the caller has flagged Default: False.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InboxPage | Problem]
    """

    kwargs = _get_kwargs(
        q=q,
        overdue=overdue,
        for_=for_,
        flagged=flagged,
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
    q: str | Unset = "",
    overdue: bool | Unset = False,
    for_: None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> InboxPage | Problem | None:
    """List the requests waiting on the caller, oldest deadline first

    Args:
        q (str | Unset): Looks in number, customer, order, goods, people, purpose; accents do not
            matter Default: ''.
        overdue (bool | Unset): Only what should have been decided by now Default: False.
        for_ (None | str | Unset): Of the caller, or of one of those whose substitute they are, by
            username
        flagged (bool | Unset): Only what the caller has flagged Default: False.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InboxPage | Problem
    """

    return sync_detailed(
        client=client,
        q=q,
        overdue=overdue,
        for_=for_,
        flagged=flagged,
        cursor=cursor,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    q: str | Unset = "",
    overdue: bool | Unset = False,
    for_: None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[InboxPage | Problem]:
    """List the requests waiting on the caller, oldest deadline first

    Args:
        q (str | Unset): Looks in number, customer, order, goods, people, purpose; accents do not
            matter Default: ''.
        overdue (bool | Unset): Only what should have been decided by now Default: False.
        for_ (None | str | Unset): Of the caller, or of one of those whose substitute they are, by
            username
        flagged (bool | Unset): Only what the caller has flagged Default: False.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InboxPage | Problem]
    """

    kwargs = _get_kwargs(
        q=q,
        overdue=overdue,
        for_=for_,
        flagged=flagged,
        cursor=cursor,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    q: str | Unset = "",
    overdue: bool | Unset = False,
    for_: None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> InboxPage | Problem | None:
    """List the requests waiting on the caller, oldest deadline first

    Args:
        q (str | Unset): Looks in number, customer, order, goods, people, purpose; accents do not
            matter Default: ''.
        overdue (bool | Unset): Only what should have been decided by now Default: False.
        for_ (None | str | Unset): Of the caller, or of one of those whose substitute they are, by
            username
        flagged (bool | Unset): Only what the caller has flagged Default: False.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InboxPage | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            q=q,
            overdue=overdue,
            for_=for_,
            flagged=flagged,
            cursor=cursor,
            limit=limit,
        )
    ).parsed
