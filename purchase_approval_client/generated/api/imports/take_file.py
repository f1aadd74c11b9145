from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.import_answer import ImportAnswer
from ...models.import_kind import ImportKind
from ...models.problem import Problem
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    kind: ImportKind,
    *,
    body: File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    idempotency_key: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["idempotency-key"] = idempotency_key

    if not isinstance(if_match, Unset):
        headers["if-match"] = if_match

    params: dict[str, Any] = {}

    params["dry_run"] = dry_run

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/imports/{kind}".format(
            kind=quote(str(kind), safe=""),
        ),
        "params": params,
    }

    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "text/csv"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ImportAnswer | Problem | None:
    if response.status_code == 200:
        response_200 = ImportAnswer.from_dict(response.json())

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
) -> Response[ImportAnswer | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
    body: File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    idempotency_key: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> Response[ImportAnswer | Problem]:
    """Take a file of people, products, suppliers, orders or opportunities, Excel or CSV by Content-Type;
    admins only

     All of it is taken or nothing. With `dry_run` it only says what would change, and which requests
    that concerns (`requests`);
    its `ETag`, sent as `If-Match`, has the file taken only if it still changes just that (412
    `stale_version` otherwise). What the
    file does not name stays as it is, and so do fields for which it has no column. Errors point at the
    cell, `/C4`, and say sheet,
    cell, heading and remedy. Headings are Vietnamese, English or names of fields, in any order; `GET
    /imports/{kind}/template` has
    them. A column with another heading is refused at its cell; but a dry run leaves it out and names it
    (`unknown_columns`), and
    so does taking the file with that `If-Match`, unless a required column is missing or the heading is
    nearly that of a column
    that is not there. At most 20,000 rows. Rows of `orders` and `opportunities` with one number are one
    document. A file of
    `people` may need a recent sign-in.

    Args:
        kind (ImportKind): What a file is about.
        dry_run (bool | Unset): only say what it would change Default: False.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        if_match (None | str | Unset): The ETag of what was shown by the dry run
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ImportAnswer | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        body=body,
        dry_run=dry_run,
        idempotency_key=idempotency_key,
        if_match=if_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
    body: File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    idempotency_key: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> ImportAnswer | Problem | None:
    """Take a file of people, products, suppliers, orders or opportunities, Excel or CSV by Content-Type;
    admins only

     All of it is taken or nothing. With `dry_run` it only says what would change, and which requests
    that concerns (`requests`);
    its `ETag`, sent as `If-Match`, has the file taken only if it still changes just that (412
    `stale_version` otherwise). What the
    file does not name stays as it is, and so do fields for which it has no column. Errors point at the
    cell, `/C4`, and say sheet,
    cell, heading and remedy. Headings are Vietnamese, English or names of fields, in any order; `GET
    /imports/{kind}/template` has
    them. A column with another heading is refused at its cell; but a dry run leaves it out and names it
    (`unknown_columns`), and
    so does taking the file with that `If-Match`, unless a required column is missing or the heading is
    nearly that of a column
    that is not there. At most 20,000 rows. Rows of `orders` and `opportunities` with one number are one
    document. A file of
    `people` may need a recent sign-in.

    Args:
        kind (ImportKind): What a file is about.
        dry_run (bool | Unset): only say what it would change Default: False.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        if_match (None | str | Unset): The ETag of what was shown by the dry run
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ImportAnswer | Problem
    """

    return sync_detailed(
        kind=kind,
        client=client,
        body=body,
        dry_run=dry_run,
        idempotency_key=idempotency_key,
        if_match=if_match,
    ).parsed


async def asyncio_detailed(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
    body: File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    idempotency_key: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> Response[ImportAnswer | Problem]:
    """Take a file of people, products, suppliers, orders or opportunities, Excel or CSV by Content-Type;
    admins only

     All of it is taken or nothing. With `dry_run` it only says what would change, and which requests
    that concerns (`requests`);
    its `ETag`, sent as `If-Match`, has the file taken only if it still changes just that (412
    `stale_version` otherwise). What the
    file does not name stays as it is, and so do fields for which it has no column. Errors point at the
    cell, `/C4`, and say sheet,
    cell, heading and remedy. Headings are Vietnamese, English or names of fields, in any order; `GET
    /imports/{kind}/template` has
    them. A column with another heading is refused at its cell; but a dry run leaves it out and names it
    (`unknown_columns`), and
    so does taking the file with that `If-Match`, unless a required column is missing or the heading is
    nearly that of a column
    that is not there. At most 20,000 rows. Rows of `orders` and `opportunities` with one number are one
    document. A file of
    `people` may need a recent sign-in.

    Args:
        kind (ImportKind): What a file is about.
        dry_run (bool | Unset): only say what it would change Default: False.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        if_match (None | str | Unset): The ETag of what was shown by the dry run
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ImportAnswer | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        body=body,
        dry_run=dry_run,
        idempotency_key=idempotency_key,
        if_match=if_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    kind: ImportKind,
    *,
    client: AuthenticatedClient,
    body: File | File | Unset = UNSET,
    dry_run: bool | Unset = False,
    idempotency_key: None | str | Unset = UNSET,
    if_match: None | str | Unset = UNSET,
) -> ImportAnswer | Problem | None:
    """Take a file of people, products, suppliers, orders or opportunities, Excel or CSV by Content-Type;
    admins only

     All of it is taken or nothing. With `dry_run` it only says what would change, and which requests
    that concerns (`requests`);
    its `ETag`, sent as `If-Match`, has the file taken only if it still changes just that (412
    `stale_version` otherwise). What the
    file does not name stays as it is, and so do fields for which it has no column. Errors point at the
    cell, `/C4`, and say sheet,
    cell, heading and remedy. Headings are Vietnamese, English or names of fields, in any order; `GET
    /imports/{kind}/template` has
    them. A column with another heading is refused at its cell; but a dry run leaves it out and names it
    (`unknown_columns`), and
    so does taking the file with that `If-Match`, unless a required column is missing or the heading is
    nearly that of a column
    that is not there. At most 20,000 rows. Rows of `orders` and `opportunities` with one number are one
    document. A file of
    `people` may need a recent sign-in.

    Args:
        kind (ImportKind): What a file is about.
        dry_run (bool | Unset): only say what it would change Default: False.
        idempotency_key (None | str | Unset): The same key and body twice is done once; the first
            answer comes again, or what is there by then if that answer had more than 64 KB.
        if_match (None | str | Unset): The ETag of what was shown by the dry run
        body (File):
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ImportAnswer | Problem
    """

    return (
        await asyncio_detailed(
            kind=kind,
            client=client,
            body=body,
            dry_run=dry_run,
            idempotency_key=idempotency_key,
            if_match=if_match,
        )
    ).parsed
