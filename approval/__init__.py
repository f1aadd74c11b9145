"""The heart of the product: process definitions, routing and the run's state machine.

Pure Python. Nothing here does I/O, reads a clock, or imports another package of the project.
"""
