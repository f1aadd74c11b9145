"""``python -m crm migrate`` and ``demo-data``, without doing either."""

import os
import sys

print("stand-in for", sys.argv[1])
if os.environ.get("FAIL_SETUP") == sys.argv[1]:
    sys.exit("the stand-in was told to fail")
