"""A mail is taken apart without losing a part, whatever a real mailbox holds, and never makes the intake fail."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.mail.intake import Incoming, read
from kernel.mail.pages import clean, words_of
from kernel.mail.parts import decode, take_apart

HEAD = b"From: Zoe <zoe@people.example>\r\nTo: help@shop.example\r\nMIME-Version: 1.0\r\n"


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    """Returns a mail of several parts, as programs write them."""
    inside = b"".join(b"--b\r\n" + each + b"\r\n" for each in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + inside + b"--b--\r\n"


def plain(text: bytes, extra: bytes = b"") -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n" + extra + b"\r\n" + text


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße, 你好, שלום"),
        ("iso-8859-1", "Grüße"),
        ("iso-8859-15", "10 €"),
        ("windows-1252", "“quoted”"),
        ("iso-2022-jp", "こんにちは"),
        ("shift_jis", "こんにちは"),
        ("euc-kr", "안녕하세요"),
        ("gb2312", "你好"),
        ("big5", "你好"),
        ("koi8-r", "Привет"),
        ("windows-1251", "Привет"),
        ("iso-8859-8-i", "שלום"),
        ("utf-7", "Grüße"),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
def test_words_are_read_in_every_charset_of_the_world(charset: str, text: str, encoding: str) -> None:
    data = text.encode(charset.removesuffix("-i"))
    body = base64.encodebytes(data) if encoding == "base64" else data
    raw = (
        HEAD
        + f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
        + body
    )
    assert read(raw).text.strip() == text


@pytest.mark.parametrize(
    ("declared", "data", "text"),
    [
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("us-ascii", b"Gr\xfc\xdfe", "Grüße"),
        ("no-such-thing", "Grüße".encode(), "Grüße"),
        ("", b"Gr\xfc\xdfe", "Grüße"),
        ("utf-8", b"Gr\xfc\xdfe", "Grüße"),
        ("punycode", b"abc-def", "abc-def"),
        ("unicode_escape", b"a\\qb", "a\\qb"),
        ("rot13", b"abc", "abc"),
    ],
)
def test_a_charset_that_is_wrong_or_none_is_made_the_best_of(declared: str, data: bytes, text: str) -> None:
    assert decode(data, declared) == text


def test_headers_in_any_spelling_are_one_line() -> None:
    raw = (
        b"From: =?utf-8?q?Zo=C3=AB?= <ZOE@people.example>\r\n"
        b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n =?iso-8859-1?q?_=FC?=\r\n"
        b"References: <1@a.example>\r\n <2@a.example>\r\nIn-Reply-To: <3@a.example>\r\n\r\nhi"
    )
    found = read(raw)
    assert (found.sender, found.sender_name, found.subject) == ("zoe@people.example", "Zoë", "Grüße ü")
    assert found.references == ("<3@a.example>", "<2@a.example>", "<1@a.example>")
    assert read(b"Subject: Gr\xc3\xbc\xc3\x9fe\r\n\r\nhi").subject == "Grüße"
    assert "\n" not in read(b"Subject: a\r\n\tb\x0bc\r\n\r\nhi").subject


def test_of_two_forms_of_the_same_words_one_is_read_and_the_page_is_kept() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "zoe@people.example"
    message.set_content("Plain words.")
    message.add_alternative("<p>Marked <b>words</b>.</p>", subtype="html")
    found = read(message.as_bytes())
    assert found.text.strip() == "Plain words."
    assert found.page.strip() == "<p>Marked <b>words</b>.</p>"
    assert found.files == ()


def test_words_that_stand_in_several_parts_are_all_read() -> None:
    raw = mixed(plain(b"First."), b"Content-Type: text/html\r\n\r\n<p>Second.</p>", plain(b"Third."))
    assert read(raw).text.split() == ["First.", "Second.", "Third."]


def test_pictures_of_the_page_stay_and_those_that_lie_elsewhere_are_counted() -> None:
    raw = mixed(
        b"Content-Type: text/html\r\n\r\n"
        b'<img src="cid:logo@x"><img src="https://tracker.example/?who=zoe"><img src="cid:none@x">'
        b'<a href="javascript:alert(1)" onclick="x()">a</a><script>x()</script><style>p{background:url(//x)}</style>'
        b'<p style="background:url(//x)">b</p>',
        b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
        kind=b"related",
    )
    found = read(raw)
    assert 'src="cid:logo@x"' in found.page
    assert not any(each in found.page for each in ("tracker", "javascript", "onclick", "script", "style", "none@x"))
    assert found.blocked == 2
    ((name, content_id),) = [(each.filename, each.content_id) for each in found.files]
    assert (name, content_id) == ("file", "logo@x")


@pytest.mark.parametrize(
    ("part", "name", "kind"),
    [
        (b'Content-Type: text/plain; name="notes.txt"\r\n\r\nwords', "notes.txt", "text/plain"),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nwords", "text.txt", "text/plain"),
        (b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR", "invite.ics", "text/calendar"),
        (b'Content-Type: application/ms-tnef\r\n\r\nx\x9f>"', "winmail.dat", "application/ms-tnef"),
        (b"Content-Type: application/pgp-signature\r\n\r\n---", "signature.asc", "application/pgp-signature"),
        (b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nforwarded", "mail.eml", "message/rfc822"),
        (
            b"Content-Type: application/pdf;\r\n name*0*=utf-8''Rechn;\r\n name*1*=%C3%BCng.pdf\r\n\r\n%PDF",
            "Rechnüng.pdf",
            "application/pdf",
        ),
        (
            b"Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
            b' filename="=?utf-8?q?=C3=BC.pdf?="\r\n\r\n%PDF',
            "ü.pdf",
            "application/pdf",
        ),
        (b"Content-Type: nonsense\r\nContent-Disposition: attachment; filename=a\r\n\r\nx", "a", "text/plain"),
    ],
)
def test_whatever_is_no_words_is_a_file(part: bytes, name: str, kind: str) -> None:
    found = read(mixed(plain(b"See below."), part))
    assert found.text.strip() == "See below."
    assert [(each.filename, each.media_type) for each in found.files] == [(name, kind)]
    assert found.files[0].data.strip()


def test_a_forwarded_mail_is_kept_with_all_that_is_in_it() -> None:
    # Its boundary is another one, as every program makes its own.
    inner = mixed(plain(b"Inside."), b"Content-Type: image/png; name=a.png\r\n\r\n\x89PNG").replace(b"b\r\n", b"c\r\n")
    inner = inner.replace(b"--b", b"--c")
    (kept,) = read(mixed(plain(b"Look."), b"Content-Type: message/rfc822\r\n\r\n" + inner)).files
    assert b"Inside." in kept.data
    assert b"a.png" in kept.data


def test_parts_within_parts_are_found_at_any_depth() -> None:
    body = plain(b"Deep.")
    for depth in range(20):
        mark = b"d%d" % depth
        body = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + body
        body += b"\r\n--" + mark + b"--\r\n"
    assert read(HEAD + body).text.strip() == "Deep."


def beyond() -> dict[str, bytes]:
    return {
        "parameters": HEAD + b"Content-Type: multipart/mixed" + b";\r\n " * 200_000 + b"\r\n\r\nhi",
        "one line": HEAD + b"Content-Type: text/plain" + b";" * 500_000 + b"\r\n\r\nhi",
        "depth": HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
        "lines": HEAD + b"\r\n" + b"\r\n" * 600_000,
        "forwarded": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3000 + b"hi",
        "parts": HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 5000,
    }


@pytest.mark.parametrize("kind", list(beyond()))
def test_a_mail_beyond_all_measure_is_one_file_and_takes_no_time(kind: str) -> None:
    raw, began = beyond()[kind], time.process_time()
    found = read(raw)
    assert time.process_time() - began < 2.0
    assert found.sender == "zoe@people.example"
    assert found.is_cut
    assert [each.data for each in found.files] == [raw]


def test_a_page_beyond_all_measure_is_kept_as_it_came_and_read_as_words() -> None:
    page = b"<div>" * 50_000 + b"Hello"
    raw, began = HEAD + b"Content-Type: text/html\r\n\r\n" + page, time.process_time()
    found = read(raw)
    assert time.process_time() - began < 2.0
    assert (found.page, found.text) == ("", "Hello")
    assert [each.data for each in found.files] == [raw]


def test_links_of_a_page_are_marked_and_lead_only_where_they_say() -> None:
    rel = 'rel="noopener noreferrer nofollow"'
    page = clean('<a href="https://a.example" target="_blank">a</a><a href="cid:x">b</a><form action=x><p></form>', ())
    assert page.html == f'<a href="https://a.example" {rel}>a</a><a {rel}>b</a><p></p>'
    assert words_of("<p>a&nbsp;b</p><script>no</script>c") == "a b\nc"


def leaves_of(message: EmailMessage) -> int:
    return sum(not part.is_multipart() for part in message.walk())


@st.composite
def mails(draw: st.DrawFn, depth: int = 3) -> EmailMessage | MIMEBase:
    """Makes a mail of parts within parts."""
    if depth == 0 or draw(st.booleans()):
        part = MIMEBase(*draw(st.sampled_from([("text", "plain"), ("text", "html"), ("image", "png"), ("a", "b")])))
        part.set_payload(draw(st.text("ab <>&é\n", max_size=20)).encode())
        if draw(st.booleans()):
            part.add_header("Content-Disposition", "attachment", filename=draw(st.text('a.é"', min_size=1, max_size=5)))
        return part
    whole = MIMEBase("multipart", draw(st.sampled_from(["mixed", "alternative", "related", "signed"])))
    for each in draw(st.lists(mails(depth=depth - 1), min_size=1, max_size=3)):
        whole.attach(each)
    return whole


@settings(max_examples=60)
@given(message=mails())
def test_no_part_is_lost(message: EmailMessage) -> None:
    taken = take_apart(message.as_bytes())
    assert taken.is_whole
    assert len(taken.leaves) == leaves_of(message)


@settings(max_examples=100)
@given(
    raw=st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"Content-Type: text/html; charset=x\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"--b\r\n",
                b"--b--\r\n",
                b"\r\n",
                b"\xff\x00",
                b"=?utf-8?",
                b"<p>",
                b"A" * 70,
            ]
        )
        | st.binary(max_size=40),
        max_size=40,
    )
)
def test_nothing_that_comes_makes_it_fail(raw: list[bytes]) -> None:
    found: Incoming = read(b"".join(raw))
    found.text.encode()
    found.page.encode()
