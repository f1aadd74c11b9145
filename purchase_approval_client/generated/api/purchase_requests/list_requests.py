import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.page import Page
from ...models.problem import Problem
from ...models.process_status import ProcessStatus
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    process_status: list[ProcessStatus] | None | Unset = UNSET,
    purchase_status: list[str] | None | Unset = UNSET,
    owner: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    source_id: None | Unset | UUID = UNSET,
    customer: str | Unset = "",
    supplier: None | str | Unset = UNSET,
    currency: None | str | Unset = UNSET,
    waiting_at: None | str | Unset = UNSET,
    waiting_on: None | str | Unset = UNSET,
    date_from: datetime.date | None | Unset = UNSET,
    date_to: datetime.date | None | Unset = UNSET,
    total_from: float | None | str | Unset = UNSET,
    total_to: float | None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    q: str | Unset = "",
    sort: str | Unset = "-created",
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_process_status: list[str] | None | Unset
    if isinstance(process_status, Unset):
        json_process_status = UNSET
    elif isinstance(process_status, list):
        json_process_status = []
        for process_status_type_0_item_data in process_status:
            process_status_type_0_item: str = process_status_type_0_item_data
            json_process_status.append(process_status_type_0_item)

    else:
        json_process_status = process_status
    params["process_status"] = json_process_status

    json_purchase_status: list[str] | None | Unset
    if isinstance(purchase_status, Unset):
        json_purchase_status = UNSET
    elif isinstance(purchase_status, list):
        json_purchase_status = purchase_status

    else:
        json_purchase_status = purchase_status
    params["purchase_status"] = json_purchase_status

    json_owner: None | str | Unset
    if isinstance(owner, Unset):
        json_owner = UNSET
    else:
        json_owner = owner
    params["owner"] = json_owner

    json_department: None | str | Unset
    if isinstance(department, Unset):
        json_department = UNSET
    else:
        json_department = department
    params["department"] = json_department

    json_source_id: None | str | Unset
    if isinstance(source_id, Unset):
        json_source_id = UNSET
    elif isinstance(source_id, UUID):
        json_source_id = str(source_id)
    else:
        json_source_id = source_id
    params["source_id"] = json_source_id

    params["customer"] = customer

    json_supplier: None | str | Unset
    if isinstance(supplier, Unset):
        json_supplier = UNSET
    else:
        json_supplier = supplier
    params["supplier"] = json_supplier

    json_currency: None | str | Unset
    if isinstance(currency, Unset):
        json_currency = UNSET
    else:
        json_currency = currency
    params["currency"] = json_currency

    json_waiting_at: None | str | Unset
    if isinstance(waiting_at, Unset):
        json_waiting_at = UNSET
    else:
        json_waiting_at = waiting_at
    params["waiting_at"] = json_waiting_at

    json_waiting_on: None | str | Unset
    if isinstance(waiting_on, Unset):
        json_waiting_on = UNSET
    else:
        json_waiting_on = waiting_on
    params["waiting_on"] = json_waiting_on

    json_date_from: None | str | Unset
    if isinstance(date_from, Unset):
        json_date_from = UNSET
    elif isinstance(date_from, datetime.date):
        json_date_from = date_from.isoformat()
    else:
        json_date_from = date_from
    params["date_from"] = json_date_from

    json_date_to: None | str | Unset
    if isinstance(date_to, Unset):
        json_date_to = UNSET
    elif isinstance(date_to, datetime.date):
        json_date_to = date_to.isoformat()
    else:
        json_date_to = date_to
    params["date_to"] = json_date_to

    json_total_from: float | None | str | Unset
    if isinstance(total_from, Unset):
        json_total_from = UNSET
    else:
        json_total_from = total_from
    params["total_from"] = json_total_from

    json_total_to: float | None | str | Unset
    if isinstance(total_to, Unset):
        json_total_to = UNSET
    else:
        json_total_to = total_to
    params["total_to"] = json_total_to

    params["flagged"] = flagged

    params["q"] = q

    params["sort"] = sort

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
        "url": "/api/v1/purchase-requests",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Page | Problem | None:
    if response.status_code == 200:
        response_200 = Page.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Page | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    process_status: list[ProcessStatus] | None | Unset = UNSET,
    purchase_status: list[str] | None | Unset = UNSET,
    owner: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    source_id: None | Unset | UUID = UNSET,
    customer: str | Unset = "",
    supplier: None | str | Unset = UNSET,
    currency: None | str | Unset = UNSET,
    waiting_at: None | str | Unset = UNSET,
    waiting_on: None | str | Unset = UNSET,
    date_from: datetime.date | None | Unset = UNSET,
    date_to: datetime.date | None | Unset = UNSET,
    total_from: float | None | str | Unset = UNSET,
    total_to: float | None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    q: str | Unset = "",
    sort: str | Unset = "-created",
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[Page | Problem]:
    """List the requests that the caller may see

    Args:
        process_status (list[ProcessStatus] | None | Unset):
        purchase_status (list[str] | None | Unset):
        owner (None | str | Unset):
        department (None | str | Unset): Of the owner
        source_id (None | Unset | UUID):
        customer (str | Unset): Words of the customer's name, of the order or opportunity; accents
            do not matter Default: ''.
        supplier (None | str | Unset): The whole name; of goods that are not left out
        currency (None | str | Unset):
        waiting_at (None | str | Unset): Where it waits now: keys of a process and a step
        waiting_on (None | str | Unset): Who is to decide now: a username
        date_from (datetime.date | None | Unset): The first request date, itself included
        date_to (datetime.date | None | Unset): The last one, itself included
        total_from (float | None | str | Unset): The least total as sent, itself included
        total_to (float | None | str | Unset): The greatest one, itself included
        flagged (bool | Unset): Only those that the caller has flagged Default: False.
        q (str | Unset): Looks in number, goods, people, purpose; accents do not matter Default:
            ''.
        sort (str | Unset): created, number, request_date, total; a leading minus sorts downwards
            Default: '-created'.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Page | Problem]
    """

    kwargs = _get_kwargs(
        process_status=process_status,
        purchase_status=purchase_status,
        owner=owner,
        department=department,
        source_id=source_id,
        customer=customer,
        supplier=supplier,
        currency=currency,
        waiting_at=waiting_at,
        waiting_on=waiting_on,
        date_from=date_from,
        date_to=date_to,
        total_from=total_from,
        total_to=total_to,
        flagged=flagged,
        q=q,
        sort=sort,
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
    process_status: list[ProcessStatus] | None | Unset = UNSET,
    purchase_status: list[str] | None | Unset = UNSET,
    owner: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    source_id: None | Unset | UUID = UNSET,
    customer: str | Unset = "",
    supplier: None | str | Unset = UNSET,
    currency: None | str | Unset = UNSET,
    waiting_at: None | str | Unset = UNSET,
    waiting_on: None | str | Unset = UNSET,
    date_from: datetime.date | None | Unset = UNSET,
    date_to: datetime.date | None | Unset = UNSET,
    total_from: float | None | str | Unset = UNSET,
    total_to: float | None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    q: str | Unset = "",
    sort: str | Unset = "-created",
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Page | Problem | None:
    """List the requests that the caller may see

    Args:
        process_status (list[ProcessStatus] | None | Unset):
        purchase_status (list[str] | None | Unset):
        owner (None | str | Unset):
        department (None | str | Unset): Of the owner
        source_id (None | Unset | UUID):
        customer (str | Unset): Words of the customer's name, of the order or opportunity; accents
            do not matter Default: ''.
        supplier (None | str | Unset): The whole name; of goods that are not left out
        currency (None | str | Unset):
        waiting_at (None | str | Unset): Where it waits now: keys of a process and a step
        waiting_on (None | str | Unset): Who is to decide now: a username
        date_from (datetime.date | None | Unset): The first request date, itself included
        date_to (datetime.date | None | Unset): The last one, itself included
        total_from (float | None | str | Unset): The least total as sent, itself included
        total_to (float | None | str | Unset): The greatest one, itself included
        flagged (bool | Unset): Only those that the caller has flagged Default: False.
        q (str | Unset): Looks in number, goods, people, purpose; accents do not matter Default:
            ''.
        sort (str | Unset): created, number, request_date, total; a leading minus sorts downwards
            Default: '-created'.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Page | Problem
    """

    return sync_detailed(
        client=client,
        process_status=process_status,
        purchase_status=purchase_status,
        owner=owner,
        department=department,
        source_id=source_id,
        customer=customer,
        supplier=supplier,
        currency=currency,
        waiting_at=waiting_at,
        waiting_on=waiting_on,
        date_from=date_from,
        date_to=date_to,
        total_from=total_from,
        total_to=total_to,
        flagged=flagged,
        q=q,
        sort=sort,
        cursor=cursor,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    process_status: list[ProcessStatus] | None | Unset = UNSET,
    purchase_status: list[str] | None | Unset = UNSET,
    owner: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    source_id: None | Unset | UUID = UNSET,
    customer: str | Unset = "",
    supplier: None | str | Unset = UNSET,
    currency: None | str | Unset = UNSET,
    waiting_at: None | str | Unset = UNSET,
    waiting_on: None | str | Unset = UNSET,
    date_from: datetime.date | None | Unset = UNSET,
    date_to: datetime.date | None | Unset = UNSET,
    total_from: float | None | str | Unset = UNSET,
    total_to: float | None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    q: str | Unset = "",
    sort: str | Unset = "-created",
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Response[Page | Problem]:
    """List the requests that the caller may see

    Args:
        process_status (list[ProcessStatus] | None | Unset):
        purchase_status (list[str] | None | Unset):
        owner (None | str | Unset):
        department (None | str | Unset): Of the owner
        source_id (None | Unset | UUID):
        customer (str | Unset): Words of the customer's name, of the order or opportunity; accents
            do not matter Default: ''.
        supplier (None | str | Unset): The whole name; of goods that are not left out
        currency (None | str | Unset):
        waiting_at (None | str | Unset): Where it waits now: keys of a process and a step
        waiting_on (None | str | Unset): Who is to decide now: a username
        date_from (datetime.date | None | Unset): The first request date, itself included
        date_to (datetime.date | None | Unset): The last one, itself included
        total_from (float | None | str | Unset): The least total as sent, itself included
        total_to (float | None | str | Unset): The greatest one, itself included
        flagged (bool | Unset): Only those that the caller has flagged Default: False.
        q (str | Unset): Looks in number, goods, people, purpose; accents do not matter Default:
            ''.
        sort (str | Unset): created, number, request_date, total; a leading minus sorts downwards
            Default: '-created'.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Page | Problem]
    """

    kwargs = _get_kwargs(
        process_status=process_status,
        purchase_status=purchase_status,
        owner=owner,
        department=department,
        source_id=source_id,
        customer=customer,
        supplier=supplier,
        currency=currency,
        waiting_at=waiting_at,
        waiting_on=waiting_on,
        date_from=date_from,
        date_to=date_to,
        total_from=total_from,
        total_to=total_to,
        flagged=flagged,
        q=q,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    process_status: list[ProcessStatus] | None | Unset = UNSET,
    purchase_status: list[str] | None | Unset = UNSET,
    owner: None | str | Unset = UNSET,
    department: None | str | Unset = UNSET,
    source_id: None | Unset | UUID = UNSET,
    customer: str | Unset = "",
    supplier: None | str | Unset = UNSET,
    currency: None | str | Unset = UNSET,
    waiting_at: None | str | Unset = UNSET,
    waiting_on: None | str | Unset = UNSET,
    date_from: datetime.date | None | Unset = UNSET,
    date_to: datetime.date | None | Unset = UNSET,
    total_from: float | None | str | Unset = UNSET,
    total_to: float | None | str | Unset = UNSET,
    flagged: bool | Unset = False,
    q: str | Unset = "",
    sort: str | Unset = "-created",
    cursor: None | str | Unset = UNSET,
    limit: int | Unset = 50,
) -> Page | Problem | None:
    """List the requests that the caller may see

    Args:
        process_status (list[ProcessStatus] | None | Unset):
        purchase_status (list[str] | None | Unset):
        owner (None | str | Unset):
        department (None | str | Unset): Of the owner
        source_id (None | Unset | UUID):
        customer (str | Unset): Words of the customer's name, of the order or opportunity; accents
            do not matter Default: ''.
        supplier (None | str | Unset): The whole name; of goods that are not left out
        currency (None | str | Unset):
        waiting_at (None | str | Unset): Where it waits now: keys of a process and a step
        waiting_on (None | str | Unset): Who is to decide now: a username
        date_from (datetime.date | None | Unset): The first request date, itself included
        date_to (datetime.date | None | Unset): The last one, itself included
        total_from (float | None | str | Unset): The least total as sent, itself included
        total_to (float | None | str | Unset): The greatest one, itself included
        flagged (bool | Unset): Only those that the caller has flagged Default: False.
        q (str | Unset): Looks in number, goods, people, purpose; accents do not matter Default:
            ''.
        sort (str | Unset): created, number, request_date, total; a leading minus sorts downwards
            Default: '-created'.
        cursor (None | str | Unset):
        limit (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Page | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            process_status=process_status,
            purchase_status=purchase_status,
            owner=owner,
            department=department,
            source_id=source_id,
            customer=customer,
            supplier=supplier,
            currency=currency,
            waiting_at=waiting_at,
            waiting_on=waiting_on,
            date_from=date_from,
            date_to=date_to,
            total_from=total_from,
            total_to=total_to,
            flagged=flagged,
            q=q,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
    ).parsed
