"""Runs a system in the foreground, until Ctrl-C (or SIGTERM, or a closed terminal).

Children run in their own sessions, so Ctrl-C reaches only this process, which stops them in order. A second Ctrl-C ends
them at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from types import FrameType
from typing import NoReturn, TypeVar

from embedded.configuration import Configuration, ConfigurationError
from embedded.keeper import Keeper
from embedded.screen import Screen, Sections

Handler = Callable[[int, FrameType | None], None] | signal.Handlers

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Configured = TypeVar("Configured", bound=Configuration)
Kept = TypeVar("Kept", bound=Keeper)


class StopRequested(BaseException):
    """Somebody wants it to stop. Not an Exception, so that nothing swallows it."""


def run_in_foreground(
    configure: Callable[[Mapping[str, str]], Configured],
    keep: Callable[[Configured, Screen], Kept],
    describe: Callable[[Kept], Sections],
) -> int:
    """Starts, watches, stops. Returns the exit status: 0 after a stop, 1 when it could not start.

    Args:
        configure: reads the environment.
        keep: makes what keeps the system's processes; starts nothing.
        describe: what the screen shows once everything is up.
    """
    screen = Screen()
    on_stop_signals(raise_stop_requested)
    try:
        configuration = configure(os.environ)
        configuration.prepare()
        with configuration.lock():
            return _run(configuration, keep, describe, screen)
    except StopRequested:
        return 0
    except (ConfigurationError, OSError) as error:
        screen.fail(str(error))
        return 1


def _run(
    configuration: Configured,
    keep: Callable[[Configured, Screen], Kept],
    describe: Callable[[Kept], Sections],
    screen: Screen,
) -> int:
    """The same with the data directory in hand.

    Raises:
        ConfigurationError: a port is taken, or something is missing; nothing was started.
    """
    keeper = keep(configuration, screen)
    keeper.end_leftovers()
    configuration.check_ports()
    try:
        keeper.start()
        screen.ready(describe(keeper))
        keeper.watch()
    except StopRequested:
        return 0
    except (RuntimeError, OSError) as error:
        screen.fail(str(error))
        return 1
    finally:
        stop(keeper, screen)


def stop(keeper: Keeper, screen: Screen) -> None:
    """Stops everything in order; at once when asked a second time."""
    try:
        screen.report("Đang dừng · Stopping ...")
        keeper.stop()
    except StopRequested:
        on_stop_signals(signal.SIG_IGN)
        keeper.kill()
        screen.report("Ended at once.")


def on_stop_signals(handler: Handler) -> None:
    """Sets what happens on Ctrl-C, SIGTERM and SIGHUP, the last one unless it is ignored already (``nohup``)."""
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def raise_stop_requested(_number: int, _frame: FrameType | None) -> NoReturn:
    """Interrupts whatever the main thread does."""
    raise StopRequested
