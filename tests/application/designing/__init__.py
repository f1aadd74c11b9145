"""Tests of the designer of processes: documents as forms, and back."""
