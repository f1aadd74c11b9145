from http import HTTPStatus
from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    x_signature: str | Unset = "",
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_signature, Unset):
        headers["x-signature"] = x_signature

    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/connectors/amis/hint",
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | Problem | None:
    if response.status_code == 204:
        response_204 = cast(Any, None)
        return response_204

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Any | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    x_signature: str | Unset = "",
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Any | Problem]:
    """Say that something has changed in AMIS, so that it is read now; signed, without a token

     The body may be anything: nothing of it is looked at. A few hints in a short time are one, and so is
    the same one again.

    Args:
        x_signature (str | Unset): HMAC-SHA256 of the body with the secret of hints, in hex
            Default: ''.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        x_signature=x_signature,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    x_signature: str | Unset = "",
    idempotency_key: None | str | Unset = UNSET,
) -> Any | Problem | None:
    """Say that something has changed in AMIS, so that it is read now; signed, without a token

     The body may be anything: nothing of it is looked at. A few hints in a short time are one, and so is
    the same one again.

    Args:
        x_signature (str | Unset): HMAC-SHA256 of the body with the secret of hints, in hex
            Default: ''.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return sync_detailed(
        client=client,
        x_signature=x_signature,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    x_signature: str | Unset = "",
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Any | Problem]:
    """Say that something has changed in AMIS, so that it is read now; signed, without a token

     The body may be anything: nothing of it is looked at. A few hints in a short time are one, and so is
    the same one again.

    Args:
        x_signature (str | Unset): HMAC-SHA256 of the body with the secret of hints, in hex
            Default: ''.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        x_signature=x_signature,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    x_signature: str | Unset = "",
    idempotency_key: None | str | Unset = UNSET,
) -> Any | Problem | None:
    """Say that something has changed in AMIS, so that it is read now; signed, without a token

     The body may be anything: nothing of it is looked at. A few hints in a short time are one, and so is
    the same one again.

    Args:
        x_signature (str | Unset): HMAC-SHA256 of the body with the secret of hints, in hex
            Default: ''.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            x_signature=x_signature,
            idempotency_key=idempotency_key,
        )
    ).parsed
