from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.process import Process
from ...models.process_definition import ProcessDefinition
from ...types import UNSET, Response, Unset


def _get_kwargs(
    key: str,
    *,
    body: ProcessDefinition | str | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_none_match, Unset):
        headers["if-none-match"] = if_none_match

    if not isinstance(if_match, Unset):
        headers["if-match"] = if_match

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/processes/{key}/draft".format(
            key=quote(str(key), safe=""),
        ),
    }

    if isinstance(body, ProcessDefinition):
        _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/json"
    if isinstance(body, str):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/yaml"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Process | None:
    if response.status_code == 200:
        response_200 = Process.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Process]:
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
    body: ProcessDefinition | str | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> Response[Problem | Process]:
    """Save the draft of a process, as JSON or as YAML; admins only

     Errors point at the place. A document has at most 100,000 characters, 10,000 names and values, and
    32 levels; YAML is
    taken without anchors, aliases, merge keys (`<<`) and tags.

    With `If-Match` it replaces that draft and no other; with `If-None-Match: *` it is saved only if
    there is no such
    process yet; with neither it replaces whatever there is.

    Args:
        key (str):
        if_none_match (None | str | Unset): `*`: save it only if there is no such process yet
        if_match (None | str | Unset): The ETag of what was read
        body (ProcessDefinition): A process as it is written: its steps and blocks run in order.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Process]
    """

    kwargs = _get_kwargs(
        key=key,
        body=body,
        if_none_match=if_none_match,
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
    body: ProcessDefinition | str | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> Problem | Process | None:
    """Save the draft of a process, as JSON or as YAML; admins only

     Errors point at the place. A document has at most 100,000 characters, 10,000 names and values, and
    32 levels; YAML is
    taken without anchors, aliases, merge keys (`<<`) and tags.

    With `If-Match` it replaces that draft and no other; with `If-None-Match: *` it is saved only if
    there is no such
    process yet; with neither it replaces whatever there is.

    Args:
        key (str):
        if_none_match (None | str | Unset): `*`: save it only if there is no such process yet
        if_match (None | str | Unset): The ETag of what was read
        body (ProcessDefinition): A process as it is written: its steps and blocks run in order.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Process
    """

    return sync_detailed(
        key=key,
        client=client,
        body=body,
        if_none_match=if_none_match,
        if_match=if_match,
    ).parsed


async def asyncio_detailed(
    key: str,
    *,
    client: AuthenticatedClient,
    body: ProcessDefinition | str | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> Response[Problem | Process]:
    """Save the draft of a process, as JSON or as YAML; admins only

     Errors point at the place. A document has at most 100,000 characters, 10,000 names and values, and
    32 levels; YAML is
    taken without anchors, aliases, merge keys (`<<`) and tags.

    With `If-Match` it replaces that draft and no other; with `If-None-Match: *` it is saved only if
    there is no such
    process yet; with neither it replaces whatever there is.

    Args:
        key (str):
        if_none_match (None | str | Unset): `*`: save it only if there is no such process yet
        if_match (None | str | Unset): The ETag of what was read
        body (ProcessDefinition): A process as it is written: its steps and blocks run in order.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Process]
    """

    kwargs = _get_kwargs(
        key=key,
        body=body,
        if_none_match=if_none_match,
        if_match=if_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key: str,
    *,
    client: AuthenticatedClient,
    body: ProcessDefinition | str | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> Problem | Process | None:
    """Save the draft of a process, as JSON or as YAML; admins only

     Errors point at the place. A document has at most 100,000 characters, 10,000 names and values, and
    32 levels; YAML is
    taken without anchors, aliases, merge keys (`<<`) and tags.

    With `If-Match` it replaces that draft and no other; with `If-None-Match: *` it is saved only if
    there is no such
    process yet; with neither it replaces whatever there is.

    Args:
        key (str):
        if_none_match (None | str | Unset): `*`: save it only if there is no such process yet
        if_match (None | str | Unset): The ETag of what was read
        body (ProcessDefinition): A process as it is written: its steps and blocks run in order.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Process
    """

    return (
        await asyncio_detailed(
            key=key,
            client=client,
            body=body,
            if_none_match=if_none_match,
            if_match=if_match,
        )
    ).parsed
