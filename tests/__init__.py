"""Tests; the folders mirror the project's."""
