from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.comment import Comment
from ...models.comment_body import CommentBody
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    request_id: UUID,
    comment_id: UUID,
    *,
    body: CommentBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/purchase-requests/{request_id}/comments/{comment_id}".format(
            request_id=quote(str(request_id), safe=""),
            comment_id=quote(str(comment_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Comment | Problem | None:
    if response.status_code == 200:
        response_200 = Comment.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Comment | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    request_id: UUID,
    comment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CommentBody,
) -> Response[Comment | Problem]:
    """Edit a comment of one's own, within ten minutes; what it said is kept in earlier

     Nobody is told of it, so that it can speak to nobody whom it did not speak to before.

    Args:
        request_id (UUID):
        comment_id (UUID):
        body (CommentBody): What somebody says.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Comment | Problem]
    """

    kwargs = _get_kwargs(
        request_id=request_id,
        comment_id=comment_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    request_id: UUID,
    comment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CommentBody,
) -> Comment | Problem | None:
    """Edit a comment of one's own, within ten minutes; what it said is kept in earlier

     Nobody is told of it, so that it can speak to nobody whom it did not speak to before.

    Args:
        request_id (UUID):
        comment_id (UUID):
        body (CommentBody): What somebody says.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Comment | Problem
    """

    return sync_detailed(
        request_id=request_id,
        comment_id=comment_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    request_id: UUID,
    comment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CommentBody,
) -> Response[Comment | Problem]:
    """Edit a comment of one's own, within ten minutes; what it said is kept in earlier

     Nobody is told of it, so that it can speak to nobody whom it did not speak to before.

    Args:
        request_id (UUID):
        comment_id (UUID):
        body (CommentBody): What somebody says.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Comment | Problem]
    """

    kwargs = _get_kwargs(
        request_id=request_id,
        comment_id=comment_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    request_id: UUID,
    comment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: CommentBody,
) -> Comment | Problem | None:
    """Edit a comment of one's own, within ten minutes; what it said is kept in earlier

     Nobody is told of it, so that it can speak to nobody whom it did not speak to before.

    Args:
        request_id (UUID):
        comment_id (UUID):
        body (CommentBody): What somebody says.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Comment | Problem
    """

    return (
        await asyncio_detailed(
            request_id=request_id,
            comment_id=comment_id,
            client=client,
            body=body,
        )
    ).parsed
