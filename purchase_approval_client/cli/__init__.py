"""The command line: ``purchase-approval inbox``, ``show``, ``approve`` … for one signed-in user, in Vietnamese or English."""

from purchase_approval_client.cli.main import main

__all__ = ["main"]
