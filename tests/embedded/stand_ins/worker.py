"""Stands in for the worker: listens on its metrics port until it is stopped."""

import os
import signal
import socket

host, port = os.environ["WORKER_METRICS_ADDRESS"].split(":")
with socket.create_server((host, int(port))):
    print("stand-in worker listens", flush=True)
    signal.pause()
