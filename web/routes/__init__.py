"""The pages' routes, one module for each area."""
