"""What can be said on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Final

from purchase_approval_client.cli.words import STATUSES, Words
from purchase_approval_client.session import Language

ADDRESS: Final = "PURCHASE_APPROVAL_ADDRESS"
TOKEN: Final = "PURCHASE_APPROVAL_TOKEN"  # noqa: S105 - the name of a variable
DEMO_USER: Final = "PURCHASE_APPROVAL_DEMO_USER"
LANGUAGE: Final = "PURCHASE_APPROVAL_LANGUAGE"
_EVERYDAY: Final = "http://127.0.0.1:8000"


def language_of(given: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language to speak in, before anything else is read: Vietnamese unless it is said."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--language")
    try:
        said = first.parse_known_args(given)[0].language or environment.get(LANGUAGE)
    except argparse.ArgumentError:
        said = None
    return "en" if said == "en" else "vi"


def parser(words: Words, environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """The parser of the whole command line. Options that every command takes may stand before or after its name."""
    whole = argparse.ArgumentParser(
        prog="purchase-approval", description=words("about"), epilog=words("exits"), parents=[_everywhere(words)]
    )
    whole.set_defaults(
        address=environment.get(ADDRESS) or _EVERYDAY,
        token=environment.get(TOKEN),
        demo_user=environment.get(DEMO_USER),
        json=False,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, *, request: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words(name), description=words(name), parents=[_everywhere(words)])
        if request:
            made.add_argument("request", metavar="REQUEST", help=words("request"))
        return made

    command("me", request=False)
    inbox, listed = command("inbox", request=False), command("list", request=False)
    for one in (inbox, listed):
        one.add_argument("--most", type=int, default=50, help=words("most"))
    listed.add_argument("--status", choices=list(STATUSES), help=words("status_filter"))
    listed.add_argument("--q", default="", help=words("q"))
    command("show")
    command("timeline")
    send = command("send")
    send.add_argument("--approver", action="append", default=[], metavar="STEP=USERNAME", help=words("approver"))
    for name in ("approve", "return", "reject"):
        decision = command(name)
        decision.add_argument("--step", help=words("step"))
        decision.add_argument("--for", dest="acting_for", metavar="USERNAME", help=words("for"))
        decision.add_argument("--note", required=name != "approve", help=words("note"))
        if name == "return":
            decision.add_argument("--to", metavar="STEP", help=words("to"))
    send.add_argument("--note", help=words("note"))
    command("recall").add_argument("--note", help=words("note"))
    command("cancel").add_argument("--note", required=True, help=words("note"))
    report = command("report")
    report.add_argument("--status", help=words("purchase_status"))
    for option in ("received", "sent-back", "in-all"):
        text = words(option.replace("-", "_"))
        report.add_argument(f"--{option}", action="append", default=[], metavar="PRODUCT=QUANTITY", help=text)
    report.add_argument("--event-id", help=words("event_id"))
    return whole


def _everywhere(words: Words) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)

    def say(option: str, variable: str, **settings: object) -> None:
        text = words("or_variable", text=words(option.replace("-", "_")), variable=variable)
        options.add_argument(f"--{option}", help=text, **settings)  # type: ignore[arg-type]

    say("address", ADDRESS)
    say("token", TOKEN)
    say("demo-user", DEMO_USER, metavar="USERNAME")
    say("language", LANGUAGE, choices=["vi", "en"])
    options.add_argument("--json", action="store_true", help=words("json"))
    return options
