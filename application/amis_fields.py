"""What AMIS CRM calls the fields that are read there. A company that has renamed one says so in the settings of its connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, ValidationError

from approval.model import Input

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$", examples=["custom_field3"])]


class StoredNames(Input):
    """Names that are stored as JSON, by what they are for."""

    @classmethod
    def kept(cls, stored: Mapping[str, str]) -> Self:
        """As they are stored; those that only a later release knows are left out, and what this one does not take counts as not set."""
        try:
            return cls.model_validate({name: stored[name] for name in cls.model_fields if name in stored})
        except ValidationError:
            return cls()


class AmisFields(StoredNames):
    """Names of fields of a sales order and of its lines, and of products, customers and warehouses; the id and the last change are
    called the same everywhere."""

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
    product_code: Name = "product_code"
    product_name: Name = "product_name"
    product_category: Name = "product_category"
    product_unit: Name = "usage_unit"
    product_price: Name = "purchased_price"
    customer_code: Name = "account_number"
    customer_name: Name = "account_name"
    customer_tax_code: Name = "tax_code"
    customer_phone: Name = "office_tel"
    customer_email: Name = "office_email"
    customer_address: Name = "billing_address"
    warehouse_code: Name = "stock_code"
    warehouse_name: Name = "stock_name"
    warehouse_address: Name = "address"
    inactive: Name = "inactive"
