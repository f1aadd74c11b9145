"""A mail as bytes: headers that nothing in it can add to, text, and HTML in which whatever people wrote stays text."""

from __future__ import annotations

from email import policy
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from application.mail_links import VALID_FOR
from approval.model import Frozen
from crm.mails import Mail
from notices.mail_content import MailContent
from texts.mails import mail_text

LONGEST_SUBJECT: Final = 150


class _Policy(policy.EmailPolicy):
    """Folds a subject so that no space is lost: the library's own way leaves those between two encoded words to readers, who have
    to drop them (RFC 2047, 6.2)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """See ``email.policy.Policy``."""
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        charset = "us-ascii" if value.isascii() else "utf-8"
        folded = Header(str(value), charset, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


POLICY: Final = _Policy(linesep="\r\n", cte_type="7bit")
"""So that every server takes it, whatever it knows of letters."""


class Sender(Frozen):
    """Whom mails come from, as people see it."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Sender:
        """``Mua hàng <mua-hang@example.com>``, or an address alone.

        Raises:
            ValueError: it is none.
        """
        name, address = parseaddr(text)
        user, _, domain = address.rpartition("@")
        if not (user and domain and address.isascii() and text.isprintable() and " " not in address):
            raise ValueError(f"{text!r} is no e-mail address")
        return cls(name=name, address=address)

    @property
    def domain(self) -> str:
        """In which the ids of mails are."""
        return self.address.rpartition("@")[2]


class Messages:
    """Writes mails.

    Args:
        sender: whom they come from.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters["line"] = one_line

    def message(self, mail: Mail, receiver: str, content: MailContent) -> bytes:
        """A mail, the same each time but for its links.

        Args:
            mail: gives it its id and its date.
            receiver: one address.
            content: what it says.

        Raises:
            ValueError: the receiver's address is none.
        """
        domain = self._sender.domain
        message = EmailMessage(policy=POLICY)
        message["From"] = Address(self._sender.name, addr_spec=self._sender.address)
        message["To"] = _address(receiver)
        message["Subject"] = one_line(content.subject, LONGEST_SUBJECT)
        message["Date"] = format_datetime(mail.created_at)
        message["Message-ID"] = f"<{mail.id}@{domain}>"
        if (
            content.request_id is not None
        ):  # one that was never sent, under which all of a request's mails stand together
            message["In-Reply-To"] = message["References"] = f"<request-{content.request_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["List-Id"] = f"<purchase-requests.{domain}>"
        message.set_content(self._render("mail.txt", content))
        message.add_alternative(self._render("mail.html", content), subtype="html")
        message["Content-Language"] = content.language  # last: whatever begins like this goes with the part that is set
        return message.as_bytes()

    def _render(self, template: str, content: MailContent) -> str:
        words = partial(mail_text, language=content.language)
        hours = int(VALID_FOR.total_seconds()) // 3600
        return self._templates.get_template(template).render(mail=content, say=words, hours=hours)


def _address(receiver: str) -> Address:
    """A receiver as a header has them.

    Raises:
        ValueError: it is no address. The library has errors of several kinds for that, one for each way to be wrong.
    """
    if not (receiver.isascii() and receiver.isprintable()):
        raise ValueError(f"not an address of ASCII letters: {receiver!r}")
    try:
        return Address(addr_spec=receiver)
    except (MessageError, LookupError) as error:
        raise ValueError(f"no address: {receiver!r}") from error


def one_line(text: str, letters: int = 300) -> str:
    """A text without line ends and other letters that are not seen, at most so long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= letters else f"{line[: letters - 1]}…"
