"""Telling people and other systems what happened: from the outbox to the bell, mail, webhooks and chat."""
