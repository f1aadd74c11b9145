"""What the form of a request suggests while one types: products of the catalogue, and suppliers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from approval.model import MAKERS, Frozen
from approval.values import ShortText
from crm import products, suppliers
from web.deps import PoolDep
from web.rendering import Page, PageDep

router = APIRouter(prefix="/suggestions")

SUGGESTED: Final = 20


class SuggestedProduct(Frozen):
    """A product, with what a line takes over from it; the price in VND as the reader's language writes it."""

    code: str
    name: str
    unit: str
    unit_price: str


@router.get("/products")
async def suggest_products(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """Products of which code or name have a text in them."""
    page.user.require_role(*MAKERS)
    found = await products.suggested(pool, q, SUGGESTED)
    return JSONResponse(
        [
            SuggestedProduct(
                code=one.code, name=one.name, unit=one.unit, unit_price=_price(page, one.unit_price)
            ).model_dump()
            for one in found
        ]
    )


@router.get("/suppliers")
async def suggest_suppliers(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """Names of suppliers of which code, name or tax code have a text in them."""
    page.user.require_role(*MAKERS)
    return JSONResponse([{"name": name} for name in await suppliers.suggested(pool, q, SUGGESTED)])


def _price(page: Page, price: Decimal | None) -> str:
    return "" if price is None else page.formats.number(price)
