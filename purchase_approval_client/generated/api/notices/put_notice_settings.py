from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.settings_draft import SettingsDraft
from ...models.settings_view import SettingsView
from ...types import Response


def _get_kwargs(
    *,
    body: SettingsDraft,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/me/notice-settings",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | SettingsView | None:
    if response.status_code == 200:
        response_200 = SettingsView.from_dict(response.json())

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
) -> Response[Problem | SettingsView]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: SettingsDraft,
) -> Response[Problem | SettingsView]:
    """Choose what comes by mail, too, and how soon, and what comes to the caller's devices

     For each kind of notice `email` is `at_once`, `daily` (the next working morning) or `off`, and
    `push` is whether it is told on
    devices; a kind that is left out is as usual. The bell has everything. Devices are switched on at
    the pages, in the browser itself.

    Args:
        body (SettingsDraft): How somebody wants to be told. A kind that is left out is as usual.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SettingsView]
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
    body: SettingsDraft,
) -> Problem | SettingsView | None:
    """Choose what comes by mail, too, and how soon, and what comes to the caller's devices

     For each kind of notice `email` is `at_once`, `daily` (the next working morning) or `off`, and
    `push` is whether it is told on
    devices; a kind that is left out is as usual. The bell has everything. Devices are switched on at
    the pages, in the browser itself.

    Args:
        body (SettingsDraft): How somebody wants to be told. A kind that is left out is as usual.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SettingsView
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: SettingsDraft,
) -> Response[Problem | SettingsView]:
    """Choose what comes by mail, too, and how soon, and what comes to the caller's devices

     For each kind of notice `email` is `at_once`, `daily` (the next working morning) or `off`, and
    `push` is whether it is told on
    devices; a kind that is left out is as usual. The bell has everything. Devices are switched on at
    the pages, in the browser itself.

    Args:
        body (SettingsDraft): How somebody wants to be told. A kind that is left out is as usual.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SettingsView]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: SettingsDraft,
) -> Problem | SettingsView | None:
    """Choose what comes by mail, too, and how soon, and what comes to the caller's devices

     For each kind of notice `email` is `at_once`, `daily` (the next working morning) or `off`, and
    `push` is whether it is told on
    devices; a kind that is left out is as usual. The bell has everything. Devices are switched on at
    the pages, in the browser itself.

    Args:
        body (SettingsDraft): How somebody wants to be told. A kind that is left out is as usual.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SettingsView
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
