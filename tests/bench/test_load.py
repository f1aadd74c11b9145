"""The load client, against the real application."""

from __future__ import annotations

import pytest

from bench.load import WrongAnswerError, connected


async def test_pages_are_read_as_whoever_signed_in_to_them(server_url: str) -> None:
    async with connected(server_url) as client:
        await client.sign_in_to_pages("sales1", "manager1")

        assert "Nguyễn Văn An" in await client.page("/requests", user="sales1")
        assert "Lê Hoàng Nam" in await client.page("/inbox", user="manager1")


@pytest.mark.parametrize("address", ["/purchasing", "/nowhere", "/sign-out"])
async def test_any_other_answer_than_the_page_is_no_measurement(server_url: str, address: str) -> None:
    async with connected(server_url) as client:
        await client.sign_in_to_pages("sales1")

        with pytest.raises(WrongAnswerError, match=address):
            await client.page(address, user="sales1")
