"""The other sides: the same FastAPI shell, the same CRM schema, other engines."""
