"""The way of a command to its run, and of its outcome back: the engine, the relay, what the database tells."""
