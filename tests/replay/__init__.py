"""Recorded histories, replayed: runs that are on their way must survive every change of the workflow."""
