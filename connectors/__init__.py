"""Connectors: a package for each system that people, goods and orders come from."""
