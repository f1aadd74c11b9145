"""The floor: the smallest Temporal workflow that durably takes three decisions and commits four rows."""
