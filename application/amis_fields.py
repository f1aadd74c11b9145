"""What AMIS CRM calls the fields that are read there. A company that has renamed one says so in the settings of its connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from approval.model import Input

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$", examples=["custom_field3"])]


class AmisFields(Input):
    """Names of fields of a sales order, and of its lines."""

    key: Name = "id"
    number: Name = "sale_order_no"
    date: Name = "sale_order_date"
    due: Name = "deadline_date"
    delivery: Name = "delivery_date"
    status: Name = "status"
    customer: Name = "account_name"
    opportunity: Name = "opportunity_name"
    owner: Name = "owner_name"
    currency: Name = "currency_type"
    address: Name = "shipping_address"
    changed: Name = "modified_date"
    lines: Name = "sale_order_product_mappings"
    line_key: Name = "id"
    line_product: Name = "product_code"
    line_description: Name = "description"
    line_unit: Name = "unit"
    line_usage_unit: Name = "usage_unit"
    line_quantity: Name = "amount"
    line_price: Name = "price"
    line_warehouse: Name = "stock_name"
