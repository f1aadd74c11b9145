"""The demo's mailbox: a mail server of its own that keeps what it is given, and pages that show it as people get it."""
