from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.matrix_definition import MatrixDefinition
from ...models.matrix_import import MatrixImport
from ...models.problem import Problem
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    key: str,
    *,
    body: MatrixDefinition | File | File | Unset = UNSET,
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
        "method": "put",
        "url": "/api/v1/processes/{key}/draft/matrix".format(
            key=quote(str(key), safe=""),
        ),
        "params": params,
    }

    if isinstance(body, MatrixDefinition):
        _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/json"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "text/csv"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> MatrixImport | Problem | None:
    if response.status_code == 200:
        response_200 = MatrixImport.from_dict(response.json())

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
) -> Response[MatrixImport | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    key: str,
    *,
    client: AuthenticatedClient,
    body: MatrixDefinition | File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> Response[MatrixImport | Problem]:
    """Replace the approval matrix of a draft by that of a file, JSON, CSV or Excel by Content-Type; admins
    only

     A table has its headings, Vietnamese, English or the names of the fields, in its first line, in any
    order. In `approvers`
    stand usernames, `role:ROLE` and `manager:LEVELS_UP`, separated by semicolons. Errors point at the
    cell, and of a table they
    name it as spreadsheets do (`C4`). At most 5,000 rows. With `If-Match` it replaces the matrix of
    that draft and no other.

    Args:
        key (str):
        dry_run (bool | Unset): only say what it would change Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (MatrixDefinition): The approval matrix, in its form.
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MatrixImport | Problem]
    """

    kwargs = _get_kwargs(
        key=key,
        body=body,
        dry_run=dry_run,
        if_match=if_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    key: str,
    *,
    client: AuthenticatedClient,
    body: MatrixDefinition | File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> MatrixImport | Problem | None:
    """Replace the approval matrix of a draft by that of a file, JSON, CSV or Excel by Content-Type; admins
    only

     A table has its headings, Vietnamese, English or the names of the fields, in its first line, in any
    order. In `approvers`
    stand usernames, `role:ROLE` and `manager:LEVELS_UP`, separated by semicolons. Errors point at the
    cell, and of a table they
    name it as spreadsheets do (`C4`). At most 5,000 rows. With `If-Match` it replaces the matrix of
    that draft and no other.

    Args:
        key (str):
        dry_run (bool | Unset): only say what it would change Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (MatrixDefinition): The approval matrix, in its form.
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MatrixImport | Problem
    """

    return sync_detailed(
        key=key,
        client=client,
        body=body,
        dry_run=dry_run,
        if_match=if_match,
    ).parsed


async def asyncio_detailed(
    key: str,
    *,
    client: AuthenticatedClient,
    body: MatrixDefinition | File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> Response[MatrixImport | Problem]:
    """Replace the approval matrix of a draft by that of a file, JSON, CSV or Excel by Content-Type; admins
    only

     A table has its headings, Vietnamese, English or the names of the fields, in its first line, in any
    order. In `approvers`
    stand usernames, `role:ROLE` and `manager:LEVELS_UP`, separated by semicolons. Errors point at the
    cell, and of a table they
    name it as spreadsheets do (`C4`). At most 5,000 rows. With `If-Match` it replaces the matrix of
    that draft and no other.

    Args:
        key (str):
        dry_run (bool | Unset): only say what it would change Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (MatrixDefinition): The approval matrix, in its form.
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MatrixImport | Problem]
    """

    kwargs = _get_kwargs(
        key=key,
        body=body,
        dry_run=dry_run,
        if_match=if_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key: str,
    *,
    client: AuthenticatedClient,
    body: MatrixDefinition | File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    if_match: None | str | Unset = UNSET,
) -> MatrixImport | Problem | None:
    """Replace the approval matrix of a draft by that of a file, JSON, CSV or Excel by Content-Type; admins
    only

     A table has its headings, Vietnamese, English or the names of the fields, in its first line, in any
    order. In `approvers`
    stand usernames, `role:ROLE` and `manager:LEVELS_UP`, separated by semicolons. Errors point at the
    cell, and of a table they
    name it as spreadsheets do (`C4`). At most 5,000 rows. With `If-Match` it replaces the matrix of
    that draft and no other.

    Args:
        key (str):
        dry_run (bool | Unset): only say what it would change Default: False.
        if_match (None | str | Unset): The ETag of what was read
        body (MatrixDefinition): The approval matrix, in its form.
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MatrixImport | Problem
    """

    return (
        await asyncio_detailed(
            key=key,
            client=client,
            body=body,
            dry_run=dry_run,
            if_match=if_match,
        )
    ).parsed
