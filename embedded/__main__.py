"""``make run``: everything on this machine, until Ctrl-C (or SIGTERM, or a closed terminal).

Children run in their own sessions, so Ctrl-C reaches only this process, which stops them in order. A second Ctrl-C ends
them at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from embedded.configuration import Configuration, ConfigurationError
from embedded.screen import Screen
from embedded.supervisor import Supervisor

Handler = Callable[[int, FrameType | None], None] | signal.Handlers

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody wants it to stop. Not an Exception, so that nothing swallows it."""


def main() -> int:
    """Starts, watches, stops. Returns the exit status: 0 after a stop, 1 when it could not start."""
    screen = Screen()
    on_stop_signals(raise_stop_requested)
    try:
        configuration = Configuration.from_environment(os.environ)
        configuration.prepare()
        with configuration.lock():
            return run(configuration, screen)
    except StopRequested:
        return 0
    except (ConfigurationError, OSError) as error:
        screen.fail(str(error))
        return 1


def run(configuration: Configuration, screen: Screen) -> int:
    """``main`` with the data directory in hand.

    Raises:
        ConfigurationError: a port is taken; nothing was started.
    """
    supervisor = Supervisor(configuration, screen)
    supervisor.end_leftovers()
    configuration.check_ports()
    try:
        supervisor.start()
        screen.ready(supervisor)
        supervisor.watch()
    except StopRequested:
        return 0
    except (RuntimeError, OSError) as error:
        screen.fail(str(error))
        return 1
    finally:
        stop(supervisor, screen)


def stop(supervisor: Supervisor, screen: Screen) -> None:
    """Stops everything in order; at once when asked a second time."""
    try:
        screen.report("Đang dừng · Stopping ...")
        supervisor.stop()
    except StopRequested:
        on_stop_signals(signal.SIG_IGN)
        supervisor.kill()
        screen.report("Ended at once.")


def on_stop_signals(handler: Handler) -> None:
    """Sets what happens on Ctrl-C, SIGTERM and SIGHUP, the last one unless it is ignored already (``nohup``)."""
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def raise_stop_requested(_number: int, _frame: FrameType | None) -> NoReturn:
    """Interrupts whatever the main thread does."""
    raise StopRequested


if __name__ == "__main__":
    sys.exit(main())
