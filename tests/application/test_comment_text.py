"""What a comment looks like: Markdown of a small kind, and nothing that does anything."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from application.comment_text import html_of, mentions_in

SHOWN = [
    ("Giá **đã gồm** VAT", "<p>Giá <strong>đã gồm</strong> VAT</p>"),
    ("*nghiêng*", "<p><em>nghiêng</em></p>"),
    ("`mã <b>`", "<p><code>mã &lt;b&gt;</code></p>"),
    ("một\nhai", "<p>một<br>\nhai</p>"),
    ("một\n\nhai", "<p>một</p>\n<p>hai</p>"),
    ("- một\n- hai", "<ul>\n<li>một</li>\n<li>hai</li>\n</ul>"),
    ("3. ba\n4. bốn", '<ol start="3">\n<li>ba</li>\n<li>bốn</li>\n</ol>'),
    ("> trích", "<blockquote>\n<p>trích</p>\n</blockquote>"),
    ("```\n<i>\n```", "<pre><code>&lt;i&gt;\n</code></pre>"),
    (
        "[báo giá](https://example.com/a?b=1&c=2)",
        '<p><a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">báo giá</a></p>',
    ),
    (
        "<mailto:a@example.com>",
        '<p><a href="mailto:a@example.com" rel="noopener noreferrer nofollow">mailto:a@example.com</a></p>',
    ),
]


@pytest.mark.parametrize(("text", "html"), SHOWN)
def test_a_small_kind_of_markdown_is_shown(text: str, html: str) -> None:
    assert html_of(text, {}).strip() == html


STAYS_TEXT = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<style>*{display:none}</style>",
    "<a href='https://example.com'>Bấm</a>",
    "</p></div><form action=/requests/new method=post>",
    "<!-- nhận xét -->",
    "&lt;b&gt; &nbsp; &#60;script&#62;",
    "[Bấm](javascript:alert(1))",
    "[Bấm](JaVaScRiPt:alert(1))",
    "[Bấm](data:text/html;base64,PHNjcmlwdD4=)",
    "[Bấm](vbscript:x)",
    "[Bấm](/admin/connection/disconnect)",
    "[Bấm](//example.com)",
    "<javascript:alert(1)>",
    "# Tiêu đề",
    "a | b\n--|--\n1 | 2",
    "Subject: khác\r\nBcc: ai@example.com",
    "=HYPERLINK(1)",
    "***",
]


@pytest.mark.parametrize("text", STAYS_TEXT)
def test_what_looks_like_more_stays_text(text: str) -> None:
    html = html_of(text, {})
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "br"}
    shown = re.sub(r"<br>\n?|</?p>", "", html)
    assert "<" not in shown


def test_a_picture_is_no_picture_but_a_link() -> None:
    html = html_of("![ảnh](https://example.com/a.png)", {})
    assert html.strip() == ('<p>!<a href="https://example.com/a.png" rel="noopener noreferrer nofollow">ảnh</a></p>')


MENTIONS = [
    ("@manager1 xem giúp", ("manager1",)),
    ("Nhờ @manager1, @sales2: @manager1.", ("manager1", "sales2")),
    ("(@nguyen.van-a_1) **@b**", ("nguyen.van-a_1", "b")),
    ("> @a\n- @b\n\n[@c](https://example.com)", ("a", "b", "c")),
    ("@an@example.com", ("an@example.com",)),
    ("viết cho an@example.com", ()),
    ("`@manager1` và\n```\n@sales2\n```", ()),
    ("giá @ 5 triệu, \\@manager1, a_@b, a.@b, @@", ()),
    ("https://example.com/@manager1", ()),
]


@pytest.mark.parametrize(("text", "mentioned"), MENTIONS)
def test_an_at_sign_that_begins_a_word_speaks_to_somebody(text: str, mentioned: tuple[str, ...]) -> None:
    assert mentions_in(text) == mentioned


def test_whom_it_speaks_to_is_shown_by_name_and_everybody_else_as_typed() -> None:
    html = html_of("@manager1 và @ai", {"manager1": 'Lê <b>Hoàng</b> "Nam"'})
    assert html.strip() == (
        '<p><span class="mention" title="manager1">@Lê &lt;b&gt;Hoàng&lt;/b&gt; "Nam"</span> và @ai</p>'
    )


_ALLOWED = re.compile(
    r"</?(?:p|br|strong|em|code|pre|ul|li|blockquote|ol|a|span)>"
    r'|<ol start="\d+">|<a href="(?:https?|mailto):[^"]*" rel="noopener noreferrer nofollow">'
    r'|<span (?:title="[^"]*"|class="mention"| )+>|<a rel="noopener noreferrer nofollow">'
)


@given(st.text(alphabet=st.sampled_from(list("<>\"'`*_[]()!:/@#&;=-.\n\\ aàhjstx1")), max_size=120))
@example('[a](https://x" onclick="y)')
@example("<https://x'><script>")
def test_no_text_makes_a_tag_that_is_not_allowed(text: str) -> None:
    html = html_of(text, dict.fromkeys(mentions_in(text), "<x>"))
    assert "<" not in _ALLOWED.sub("", html)


@pytest.mark.parametrize("piece", ["*a_", "[", "![a](", ">", "`", "- ", "@a", "<a", "**a", "](", "\\"])
def test_no_text_of_the_greatest_length_takes_long(piece: str) -> None:
    text = (piece * 4000)[:4000]
    begin = time.process_time()
    html_of(text, dict.fromkeys(mentions_in(text), "A"))
    assert time.process_time() - begin < 1
