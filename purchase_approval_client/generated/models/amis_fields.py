from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AmisFields")


@_attrs_define
class AmisFields:
    """Names of fields of a sales order and of its lines, and of products, customers and warehouses; the id and the last
    change are
    called the same everywhere.

        Attributes:
            key (str | Unset):  Default: 'id'.
            number (str | Unset):  Default: 'sale_order_no'.
            date (str | Unset):  Default: 'sale_order_date'.
            due (str | Unset):  Default: 'deadline_date'.
            delivery (str | Unset):  Default: 'delivery_date'.
            status (str | Unset):  Default: 'status'.
            customer (str | Unset):  Default: 'account_name'.
            opportunity (str | Unset):  Default: 'opportunity_name'.
            owner (str | Unset):  Default: 'owner_name'.
            currency (str | Unset):  Default: 'currency_type'.
            address (str | Unset):  Default: 'shipping_address'.
            changed (str | Unset):  Default: 'modified_date'.
            lines (str | Unset):  Default: 'sale_order_product_mappings'.
            line_key (str | Unset):  Default: 'id'.
            line_product (str | Unset):  Default: 'product_code'.
            line_description (str | Unset):  Default: 'description'.
            line_unit (str | Unset):  Default: 'unit'.
            line_usage_unit (str | Unset):  Default: 'usage_unit'.
            line_quantity (str | Unset):  Default: 'amount'.
            line_price (str | Unset):  Default: 'price'.
            line_warehouse (str | Unset):  Default: 'stock_name'.
            product_code (str | Unset):  Default: 'product_code'.
            product_name (str | Unset):  Default: 'product_name'.
            product_category (str | Unset):  Default: 'product_category'.
            product_unit (str | Unset):  Default: 'usage_unit'.
            product_price (str | Unset):  Default: 'purchased_price'.
            customer_code (str | Unset):  Default: 'account_number'.
            customer_name (str | Unset):  Default: 'account_name'.
            customer_tax_code (str | Unset):  Default: 'tax_code'.
            customer_phone (str | Unset):  Default: 'office_tel'.
            customer_email (str | Unset):  Default: 'office_email'.
            customer_address (str | Unset):  Default: 'billing_address'.
            warehouse_code (str | Unset):  Default: 'stock_code'.
            warehouse_name (str | Unset):  Default: 'stock_name'.
            warehouse_address (str | Unset):  Default: 'address'.
            inactive (str | Unset):  Default: 'inactive'.
    """

    key: str | Unset = "id"
    number: str | Unset = "sale_order_no"
    date: str | Unset = "sale_order_date"
    due: str | Unset = "deadline_date"
    delivery: str | Unset = "delivery_date"
    status: str | Unset = "status"
    customer: str | Unset = "account_name"
    opportunity: str | Unset = "opportunity_name"
    owner: str | Unset = "owner_name"
    currency: str | Unset = "currency_type"
    address: str | Unset = "shipping_address"
    changed: str | Unset = "modified_date"
    lines: str | Unset = "sale_order_product_mappings"
    line_key: str | Unset = "id"
    line_product: str | Unset = "product_code"
    line_description: str | Unset = "description"
    line_unit: str | Unset = "unit"
    line_usage_unit: str | Unset = "usage_unit"
    line_quantity: str | Unset = "amount"
    line_price: str | Unset = "price"
    line_warehouse: str | Unset = "stock_name"
    product_code: str | Unset = "product_code"
    product_name: str | Unset = "product_name"
    product_category: str | Unset = "product_category"
    product_unit: str | Unset = "usage_unit"
    product_price: str | Unset = "purchased_price"
    customer_code: str | Unset = "account_number"
    customer_name: str | Unset = "account_name"
    customer_tax_code: str | Unset = "tax_code"
    customer_phone: str | Unset = "office_tel"
    customer_email: str | Unset = "office_email"
    customer_address: str | Unset = "billing_address"
    warehouse_code: str | Unset = "stock_code"
    warehouse_name: str | Unset = "stock_name"
    warehouse_address: str | Unset = "address"
    inactive: str | Unset = "inactive"

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        number = self.number

        date = self.date

        due = self.due

        delivery = self.delivery

        status = self.status

        customer = self.customer

        opportunity = self.opportunity

        owner = self.owner

        currency = self.currency

        address = self.address

        changed = self.changed

        lines = self.lines

        line_key = self.line_key

        line_product = self.line_product

        line_description = self.line_description

        line_unit = self.line_unit

        line_usage_unit = self.line_usage_unit

        line_quantity = self.line_quantity

        line_price = self.line_price

        line_warehouse = self.line_warehouse

        product_code = self.product_code

        product_name = self.product_name

        product_category = self.product_category

        product_unit = self.product_unit

        product_price = self.product_price

        customer_code = self.customer_code

        customer_name = self.customer_name

        customer_tax_code = self.customer_tax_code

        customer_phone = self.customer_phone

        customer_email = self.customer_email

        customer_address = self.customer_address

        warehouse_code = self.warehouse_code

        warehouse_name = self.warehouse_name

        warehouse_address = self.warehouse_address

        inactive = self.inactive

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if key is not UNSET:
            field_dict["key"] = key
        if number is not UNSET:
            field_dict["number"] = number
        if date is not UNSET:
            field_dict["date"] = date
        if due is not UNSET:
            field_dict["due"] = due
        if delivery is not UNSET:
            field_dict["delivery"] = delivery
        if status is not UNSET:
            field_dict["status"] = status
        if customer is not UNSET:
            field_dict["customer"] = customer
        if opportunity is not UNSET:
            field_dict["opportunity"] = opportunity
        if owner is not UNSET:
            field_dict["owner"] = owner
        if currency is not UNSET:
            field_dict["currency"] = currency
        if address is not UNSET:
            field_dict["address"] = address
        if changed is not UNSET:
            field_dict["changed"] = changed
        if lines is not UNSET:
            field_dict["lines"] = lines
        if line_key is not UNSET:
            field_dict["line_key"] = line_key
        if line_product is not UNSET:
            field_dict["line_product"] = line_product
        if line_description is not UNSET:
            field_dict["line_description"] = line_description
        if line_unit is not UNSET:
            field_dict["line_unit"] = line_unit
        if line_usage_unit is not UNSET:
            field_dict["line_usage_unit"] = line_usage_unit
        if line_quantity is not UNSET:
            field_dict["line_quantity"] = line_quantity
        if line_price is not UNSET:
            field_dict["line_price"] = line_price
        if line_warehouse is not UNSET:
            field_dict["line_warehouse"] = line_warehouse
        if product_code is not UNSET:
            field_dict["product_code"] = product_code
        if product_name is not UNSET:
            field_dict["product_name"] = product_name
        if product_category is not UNSET:
            field_dict["product_category"] = product_category
        if product_unit is not UNSET:
            field_dict["product_unit"] = product_unit
        if product_price is not UNSET:
            field_dict["product_price"] = product_price
        if customer_code is not UNSET:
            field_dict["customer_code"] = customer_code
        if customer_name is not UNSET:
            field_dict["customer_name"] = customer_name
        if customer_tax_code is not UNSET:
            field_dict["customer_tax_code"] = customer_tax_code
        if customer_phone is not UNSET:
            field_dict["customer_phone"] = customer_phone
        if customer_email is not UNSET:
            field_dict["customer_email"] = customer_email
        if customer_address is not UNSET:
            field_dict["customer_address"] = customer_address
        if warehouse_code is not UNSET:
            field_dict["warehouse_code"] = warehouse_code
        if warehouse_name is not UNSET:
            field_dict["warehouse_name"] = warehouse_name
        if warehouse_address is not UNSET:
            field_dict["warehouse_address"] = warehouse_address
        if inactive is not UNSET:
            field_dict["inactive"] = inactive

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        key = d.pop("key", UNSET)

        number = d.pop("number", UNSET)

        date = d.pop("date", UNSET)

        due = d.pop("due", UNSET)

        delivery = d.pop("delivery", UNSET)

        status = d.pop("status", UNSET)

        customer = d.pop("customer", UNSET)

        opportunity = d.pop("opportunity", UNSET)

        owner = d.pop("owner", UNSET)

        currency = d.pop("currency", UNSET)

        address = d.pop("address", UNSET)

        changed = d.pop("changed", UNSET)

        lines = d.pop("lines", UNSET)

        line_key = d.pop("line_key", UNSET)

        line_product = d.pop("line_product", UNSET)

        line_description = d.pop("line_description", UNSET)

        line_unit = d.pop("line_unit", UNSET)

        line_usage_unit = d.pop("line_usage_unit", UNSET)

        line_quantity = d.pop("line_quantity", UNSET)

        line_price = d.pop("line_price", UNSET)

        line_warehouse = d.pop("line_warehouse", UNSET)

        product_code = d.pop("product_code", UNSET)

        product_name = d.pop("product_name", UNSET)

        product_category = d.pop("product_category", UNSET)

        product_unit = d.pop("product_unit", UNSET)

        product_price = d.pop("product_price", UNSET)

        customer_code = d.pop("customer_code", UNSET)

        customer_name = d.pop("customer_name", UNSET)

        customer_tax_code = d.pop("customer_tax_code", UNSET)

        customer_phone = d.pop("customer_phone", UNSET)

        customer_email = d.pop("customer_email", UNSET)

        customer_address = d.pop("customer_address", UNSET)

        warehouse_code = d.pop("warehouse_code", UNSET)

        warehouse_name = d.pop("warehouse_name", UNSET)

        warehouse_address = d.pop("warehouse_address", UNSET)

        inactive = d.pop("inactive", UNSET)

        amis_fields = cls(
            key=key,
            number=number,
            date=date,
            due=due,
            delivery=delivery,
            status=status,
            customer=customer,
            opportunity=opportunity,
            owner=owner,
            currency=currency,
            address=address,
            changed=changed,
            lines=lines,
            line_key=line_key,
            line_product=line_product,
            line_description=line_description,
            line_unit=line_unit,
            line_usage_unit=line_usage_unit,
            line_quantity=line_quantity,
            line_price=line_price,
            line_warehouse=line_warehouse,
            product_code=product_code,
            product_name=product_name,
            product_category=product_category,
            product_unit=product_unit,
            product_price=product_price,
            customer_code=customer_code,
            customer_name=customer_name,
            customer_tax_code=customer_tax_code,
            customer_phone=customer_phone,
            customer_email=customer_email,
            customer_address=customer_address,
            warehouse_code=warehouse_code,
            warehouse_name=warehouse_name,
            warehouse_address=warehouse_address,
            inactive=inactive,
        )

        return amis_fields
