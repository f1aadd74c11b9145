"""No engine: FastAPI and PostgreSQL, nothing durable but the rows. Context, not a competitor."""
