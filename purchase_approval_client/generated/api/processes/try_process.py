from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.trial_view import TrialView
from ...models.try_ import Try
from ...types import UNSET, Response, Unset


def _get_kwargs(
    key: str,
    *,
    body: None | Try | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/processes/{key}/try".format(
            key=quote(str(key), safe=""),
        ),
    }

    if isinstance(body, Try):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TrialView | None:
    if response.status_code == 200:
        response_200 = TrialView.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | TrialView]:
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
    body: None | Try | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | TrialView]:
    """Try the draft of a process on the requests that were sent last; admins only

     Each is held against the version that it ran, both with the people of today. Nothing is changed.

    Args:
        key (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (None | Try | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrialView]
    """

    kwargs = _get_kwargs(
        key=key,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    key: str,
    *,
    client: AuthenticatedClient,
    body: None | Try | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | TrialView | None:
    """Try the draft of a process on the requests that were sent last; admins only

     Each is held against the version that it ran, both with the people of today. Nothing is changed.

    Args:
        key (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (None | Try | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrialView
    """

    return sync_detailed(
        key=key,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    key: str,
    *,
    client: AuthenticatedClient,
    body: None | Try | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | TrialView]:
    """Try the draft of a process on the requests that were sent last; admins only

     Each is held against the version that it ran, both with the people of today. Nothing is changed.

    Args:
        key (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (None | Try | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrialView]
    """

    kwargs = _get_kwargs(
        key=key,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key: str,
    *,
    client: AuthenticatedClient,
    body: None | Try | Unset = UNSET,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | TrialView | None:
    """Try the draft of a process on the requests that were sent last; admins only

     Each is held against the version that it ran, both with the people of today. Nothing is changed.

    Args:
        key (str):
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        body (None | Try | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrialView
    """

    return (
        await asyncio_detailed(
            key=key,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
