"""The CRM database's queries, on a real PostgreSQL."""
