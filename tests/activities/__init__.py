"""What touches the world on a workflow's behalf."""
