"""The storages of an installation, by its settings."""

from __future__ import annotations

from application.attachments.in_database import DatabaseStorage
from application.attachments.in_s3 import S3Storage
from application.attachments.storage import Storages
from crm.pool import Pool


def storages(pool: Pool, url: str) -> Storages:
    """Where files are kept.

    Args:
        pool: the CRM database.
        url: where new ones go: ``s3://bucket/prefix``, or empty: into the database, where those of before are found in any case.
    """
    in_database = DatabaseStorage(pool)
    return Storages(S3Storage(url), in_database) if url else Storages(in_database)
