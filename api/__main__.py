"""``python -m api``: serve the API on ``API_HOST`` and ``API_PORT``."""

import uvicorn

from api.main import create_app
from logs import configure_logging
from settings import Settings


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    settings = Settings()
    configure_logging(settings.log_format)
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        loop="uvloop",
        http="httptools",
    )


if __name__ == "__main__":
    main()
