"""``python -m purchase_approval_client``: see ``cli``."""

import sys

from purchase_approval_client.cli import main

if __name__ == "__main__":
    sys.exit(main())
