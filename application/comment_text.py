"""The text of a comment: whom it speaks to, and how it is shown. Markdown of a small kind: bold, italics, code, lists, links,
quotes, line breaks; whatever else somebody types stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_SCHEMES: Final = ("http", "https", "mailto")
_USERNAME: Final = re.compile(r"[^\W_](?:[\w.+-]*\w)?(?:@[^\W_](?:[\w.-]*\w)?)?")
"""Letters and digits, with dots, hyphens, underscores and plus signs between them; also an address of mail."""


def mentions_in(text: str) -> tuple[str, ...]:
    """Usernames behind an @, each once, in their order; not of what is written as code, nor of addresses of mail."""
    found = [part.content for token in _MARKDOWN.parse(text) for part in token.children or () if part.type == "mention"]
    return tuple(dict.fromkeys(found))


def html_of(text: str, names: Mapping[str, str]) -> str:
    """A comment as HTML that is safe to be put into any page.

    Args:
        text: as it was typed.
        names: of those whom it speaks to, by username; anybody else's stays text.
    """
    return nh3.clean(
        _MARKDOWN.render(text, {"names": names}),
        tags={"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a", "span"},
        attributes={"a": {"href"}, "ol": {"start"}, "span": {"title"}},
        tag_attribute_values={"span": {"class": {"mention"}}},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )


def _mention(state: StateInline, silent: bool) -> bool:
    """A rule of the parser: an @ that begins a word, with a username behind it."""
    before = state.src[state.pos - 1 : state.pos]
    if state.src[state.pos] != "@" or before.isalnum() or before in tuple("_@./"):
        return False
    found = _USERNAME.match(state.src, state.pos + 1, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("mention", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _render_mention(_: RendererHTML, tokens: Sequence[Token], place: int, __: Any, env: Mapping[str, Any]) -> str:
    username = tokens[place].content
    name = env["names"].get(username)
    if name is None:
        return escapeHtml(f"@{username}")
    return f'<span class="mention" title="{escapeHtml(username)}">@{escapeHtml(name)}</span>'


def _is_link(address: str) -> bool:
    """Whether an address leads somewhere else, by a scheme that nobody is harmed by."""
    return address.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True})
    parser.enable(["blockquote", "list", "fence"])
    parser.enable(["newline", "escape", "backticks", "emphasis", "link", "autolink"])
    parser.inline.ruler.after("text", "mention", _mention)
    parser.add_render_rule("mention", _render_mention)
    parser.validateLink = _is_link  # type: ignore[method-assign, assignment]
    return parser


_MARKDOWN: Final = _parser()
