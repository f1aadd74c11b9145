"""Tests of the rules, without I/O."""
