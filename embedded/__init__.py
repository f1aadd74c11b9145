"""The whole product on one machine: PostgreSQL, Temporal, a mailbox, the worker and the API, started and stopped together.

``python -m embedded`` is what ``make run`` runs. Tests start the same PostgreSQL and Temporal through this package.
Production does not use it.
"""
