from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.people_list import PeopleList
from ...models.person_state import PersonState
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    q: str | Unset = "",
    role: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    manager: None | str | Unset = UNSET,
    state: None | PersonState | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["q"] = q

    json_role: None | str | Unset
    if isinstance(role, Unset):
        json_role = UNSET
    else:
        json_role = role
    params["role"] = json_role

    json_department: None | str | Unset
    if isinstance(department, Unset):
        json_department = UNSET
    else:
        json_department = department
    params["department"] = json_department

    json_manager: None | str | Unset
    if isinstance(manager, Unset):
        json_manager = UNSET
    else:
        json_manager = manager
    params["manager"] = json_manager

    json_state: None | str | Unset
    if isinstance(state, Unset):
        json_state = UNSET
    elif isinstance(state, str):
        json_state = state
    else:
        json_state = state
    params["state"] = json_state

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
        "url": "/api/v1/people",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> PeopleList | Problem | None:
    if response.status_code == 200:
        response_200 = PeopleList.from_dict(response.json())

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PeopleList | Problem]:
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
    role: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    manager: None | str | Unset = UNSET,
    state: None | PersonState | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[PeopleList | Problem]:
    """List the people of the directory by username, those who have left included; admins only

     Accents do not matter in `q`. With `manager` it is one branch of the tree of managers.

    Args:
        q (str | Unset): words of name, username, e-mail or department Default: ''.
        role (None | str | Unset):
        department (None | str | Unset):
        manager (None | str | Unset): who report to this user directly; empty: who report to
            nobody
        state (None | PersonState | Unset):
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PeopleList | Problem]
    """

    kwargs = _get_kwargs(
        q=q,
        role=role,
        department=department,
        manager=manager,
        state=state,
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
    role: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    manager: None | str | Unset = UNSET,
    state: None | PersonState | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> PeopleList | Problem | None:
    """List the people of the directory by username, those who have left included; admins only

     Accents do not matter in `q`. With `manager` it is one branch of the tree of managers.

    Args:
        q (str | Unset): words of name, username, e-mail or department Default: ''.
        role (None | str | Unset):
        department (None | str | Unset):
        manager (None | str | Unset): who report to this user directly; empty: who report to
            nobody
        state (None | PersonState | Unset):
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PeopleList | Problem
    """

    return sync_detailed(
        client=client,
        q=q,
        role=role,
        department=department,
        manager=manager,
        state=state,
        cursor=cursor,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    q: str | Unset = "",
    role: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    manager: None | str | Unset = UNSET,
    state: None | PersonState | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[PeopleList | Problem]:
    """List the people of the directory by username, those who have left included; admins only

     Accents do not matter in `q`. With `manager` it is one branch of the tree of managers.

    Args:
        q (str | Unset): words of name, username, e-mail or department Default: ''.
        role (None | str | Unset):
        department (None | str | Unset):
        manager (None | str | Unset): who report to this user directly; empty: who report to
            nobody
        state (None | PersonState | Unset):
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PeopleList | Problem]
    """

    kwargs = _get_kwargs(
        q=q,
        role=role,
        department=department,
        manager=manager,
        state=state,
        cursor=cursor,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    q: str | Unset = "",
    role: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    manager: None | str | Unset = UNSET,
    state: None | PersonState | Unset = UNSET,
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> PeopleList | Problem | None:
    """List the people of the directory by username, those who have left included; admins only

     Accents do not matter in `q`. With `manager` it is one branch of the tree of managers.

    Args:
        q (str | Unset): words of name, username, e-mail or department Default: ''.
        role (None | str | Unset):
        department (None | str | Unset):
        manager (None | str | Unset): who report to this user directly; empty: who report to
            nobody
        state (None | PersonState | Unset):
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PeopleList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            q=q,
            role=role,
            department=department,
            manager=manager,
            state=state,
            cursor=cursor,
            limit=limit,
        )
    ).parsed
