"""What the system keeps when its processes die."""
