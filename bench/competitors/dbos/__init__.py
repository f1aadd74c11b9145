"""DBOS Transact on the same PostgreSQL, in an environment of its own (``requirements.txt``)."""
