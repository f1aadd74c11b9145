"""A process document read into its definition, without the people and keys that ``crm.publishing.check_document`` looks up."""

from __future__ import annotations

from approval.document_text import read_yaml
from approval.model import Code, refuse
from approval.process import PurchaseProcess
from approval.process_document import process_errors, read_process


def parse_process(document: object) -> PurchaseProcess:
    """The definition.

    Args:
        document: the document as JSON values, or as YAML text.

    Raises:
        RefusedError: ``process_invalid``, pointing at every wrong place.
    """
    values = read_yaml(document) if isinstance(document, str) else document
    errors = process_errors(values)
    if errors:
        raise refuse(Code.PROCESS_INVALID, *errors)
    return read_process(values)
