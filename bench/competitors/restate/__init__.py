"""Restate, in an environment of its own (``requirements.txt``); its server comes with its npm package (``package.json``)."""
