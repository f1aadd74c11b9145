"""Stands in for the CRM commands: does nothing, or fails when FAIL_SETUP says so."""
