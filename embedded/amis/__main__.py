"""``python -m embedded.amis``: the stand-in with its page, on the loopback address, until it is asked to stop."""

from __future__ import annotations

import os
from pathlib import Path

import uvicorn

from embedded.amis.orders import Orders, example
from embedded.amis.pages import create_app
from embedded.amis.server import StandIn
from embedded.amis.setting import CLIENT_ID, CLIENT_SECRET, OWNERS

HOST = "127.0.0.1"


def main() -> None:
    """Serve the orders of ``AMIS_DIRECTORY`` on ``AMIS_PORT``, at the first start three, with what they speak of."""
    directory = Path(os.environ["AMIS_DIRECTORY"])
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "orders.json"
    is_new = not file.exists()
    orders = Orders(file)
    if is_new:
        for number, owner in enumerate(OWNERS[:3], start=1):
            orders.add(example(owner, number))
    stand_in = StandIn(orders, CLIENT_ID, CLIENT_SECRET)
    stand_in.catalogues.fill()
    app = create_app(stand_in)
    uvicorn.run(app, host=HOST, port=int(os.environ["AMIS_PORT"]), access_log=False)


if __name__ == "__main__":
    main()
