"""Files that people attach to requests: taken, kept, looked at by a scanner, and given out."""
