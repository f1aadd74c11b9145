"""A cluster of several processes: what it is told, the order in which it starts, and what it withstands."""
