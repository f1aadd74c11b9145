"""Real work, real faults, and a judge of every answer."""
