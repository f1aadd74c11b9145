"""Stands in for the API."""
