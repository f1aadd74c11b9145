"""``python -m tests.notices.deliver PORT``: mails what is due in ``DATABASE_URL``, as a worker does, to be killed meanwhile."""

from __future__ import annotations

import asyncio
import os
import sys

from crm.pool import create_pool
from settings import Settings
from tests.notices.conftest import Mailing
from tests.notices.post_office import PostOffice


async def main() -> None:
    """Mail it, with a server that may take its time."""
    settings = Settings(database_url=os.environ["DATABASE_URL"], demo_mode=True)
    pool = await create_pool(settings.database_url, 2)
    await Mailing(pool, settings, PostOffice(port=int(sys.argv[1])), timeout=60).deliver()


if __name__ == "__main__":
    asyncio.run(main())
