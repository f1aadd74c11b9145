"""Comparing the CRM with the engine, and mending what differs: after a restore of either, or at any time."""
