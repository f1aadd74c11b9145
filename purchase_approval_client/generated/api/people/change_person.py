from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.changed_person import ChangedPerson
from ...models.person_change import PersonChange
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    username: str,
    *,
    body: PersonChange,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["if-match"] = if_match

    params: dict[str, Any] = {}

    params["dry_run"] = dry_run

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/people/{username}".format(
            username=quote(str(username), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ChangedPerson | Problem | None:
    if response.status_code == 200:
        response_200 = ChangedPerson.from_dict(response.json())

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

    if response.status_code == 412:
        response_412 = Problem.from_dict(response.json())

        return response_412

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 428:
        response_428 = Problem.from_dict(response.json())

        return response_428

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
) -> Response[ChangedPerson | Problem]:
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
    body: PersonChange,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> Response[ChangedPerson | Problem]:
    """Change who somebody is, or mark them as left; with dry_run, say what that would do. Admins only

     Needs `If-Match`, and may need a recent sign-in, but for a dry run. Whoever has left is signed out
    at once and may not sign in;
    what waits on them is given to others by `POST /people/{username}/reassign`. Managers never go
    around in a circle, and the
    last administrator stays one.

    Args:
        username (str):
        dry_run (bool | Unset): only say what it would do Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (PersonChange): What is to become of somebody; what is left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChangedPerson | Problem]
    """

    kwargs = _get_kwargs(
        username=username,
        body=body,
        dry_run=dry_run,
        if_match=if_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    username: str,
    *,
    client: AuthenticatedClient,
    body: PersonChange,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> ChangedPerson | Problem | None:
    """Change who somebody is, or mark them as left; with dry_run, say what that would do. Admins only

     Needs `If-Match`, and may need a recent sign-in, but for a dry run. Whoever has left is signed out
    at once and may not sign in;
    what waits on them is given to others by `POST /people/{username}/reassign`. Managers never go
    around in a circle, and the
    last administrator stays one.

    Args:
        username (str):
        dry_run (bool | Unset): only say what it would do Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (PersonChange): What is to become of somebody; what is left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChangedPerson | Problem
    """

    return sync_detailed(
        username=username,
        client=client,
        body=body,
        dry_run=dry_run,
        if_match=if_match,
    ).parsed


async def asyncio_detailed(
    username: str,
    *,
    client: AuthenticatedClient,
    body: PersonChange,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> Response[ChangedPerson | Problem]:
    """Change who somebody is, or mark them as left; with dry_run, say what that would do. Admins only

     Needs `If-Match`, and may need a recent sign-in, but for a dry run. Whoever has left is signed out
    at once and may not sign in;
    what waits on them is given to others by `POST /people/{username}/reassign`. Managers never go
    around in a circle, and the
    last administrator stays one.

    Args:
        username (str):
        dry_run (bool | Unset): only say what it would do Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (PersonChange): What is to become of somebody; what is left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChangedPerson | Problem]
    """

    kwargs = _get_kwargs(
        username=username,
        body=body,
        dry_run=dry_run,
        if_match=if_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    username: str,
    *,
    client: AuthenticatedClient,
    body: PersonChange,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> ChangedPerson | Problem | None:
    """Change who somebody is, or mark them as left; with dry_run, say what that would do. Admins only

     Needs `If-Match`, and may need a recent sign-in, but for a dry run. Whoever has left is signed out
    at once and may not sign in;
    what waits on them is given to others by `POST /people/{username}/reassign`. Managers never go
    around in a circle, and the
    last administrator stays one.

    Args:
        username (str):
        dry_run (bool | Unset): only say what it would do Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (PersonChange): What is to become of somebody; what is left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChangedPerson | Problem
    """

    return (
        await asyncio_detailed(
            username=username,
            client=client,
            body=body,
            dry_run=dry_run,
            if_match=if_match,
        )
    ).parsed
