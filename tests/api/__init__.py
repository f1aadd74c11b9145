"""The HTTP API on real PostgreSQL and real Temporal."""
