"""Mail that comes in is read whatever it holds: its words, its token, and whether a machine wrote it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.mail import intake
from kernel.mail.intake import LONGEST_TEXT, fold, read

TOKEN = "tok3n_of-a-conversation_0123456789"
REPLY = f"reply+{TOKEN}@parley.example"


def a_mail(text: str = "Thank you.", **headers: str) -> EmailMessage:
    """Returns a mail as a person's program writes it."""
    message = EmailMessage(policy=SMTP)
    for name, value in {"From": "Zoë <Zoe@people.example>", "To": REPLY, "Message-ID": "<1@people.example>"}.items():
        message[name] = value
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_a_reply_is_known_by_its_token_and_says_who_sends_it() -> None:
    found = read(a_mail().as_bytes())
    assert (found.sender, found.tokens, found.fresh) == ("zoe@people.example", (TOKEN,), "Thank you.")
    assert not found.is_automatic
    assert not found.is_cut
    assert "zoe" not in repr(found)
    # A program that drops the address of the reply leaves it in the envelope.
    hidden = a_mail()
    del hidden["To"]
    assert read(hidden.as_bytes(), [REPLY]).tokens == (TOKEN,)
    hidden["To"] = "reply+short@parley.example"
    assert read(hidden.as_bytes()).tokens == ()


def test_a_mail_from_several_or_from_nobody_is_from_nobody() -> None:
    for sender in ("a@people.example, b@people.example", "nobody", ""):
        message = a_mail()
        message.replace_header("From", sender)
        assert read(message.as_bytes()).sender == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"Precedence": "bulk"},
        {"List_Id": "<all.people.example>"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"},
    ],
)
def test_what_a_machine_wrote_is_known_as_such(headers: dict[str, str]) -> None:
    assert read(a_mail(**headers).as_bytes()).is_automatic


def test_reports_of_delivery_are_a_machines() -> None:
    raw = (
        b"From: MAILER-DAEMON@people.example\r\nTo: x@parley.example\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\n\r\nFailed.\r\n--b--\r\n"
    )
    assert read(raw).is_automatic
    person = a_mail(Auto_Submitted="no")
    assert not read(person.as_bytes()).is_automatic
    for name in ("postmaster", "no-reply", "mailer-daemon"):
        message = a_mail()
        message.replace_header("From", f"{name}@people.example")
        assert read(message.as_bytes()).is_automatic


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 2 Mar 2026 at 10:11, Shop <reply@parley.example> wrote:\n> Is it fine?",
        "On Mon, 2 Mar 2026 at 10:11, Shop\n<reply@parley.example> wrote:\n> Is it fine?",
        "Am 02.03.26 um 10:11 schrieb Shop:\n> Ist es gut?",
        "Le lun. 2 mars 2026 à 10:11, Shop a écrit :\n> Ça va ?",
        "-----Original Message-----\nFrom: Shop <reply@parley.example>\n\nIs it fine?",
        "From: Shop <reply@parley.example>\nSent: Monday\n\nIs it fine?",
        "> Is it fine?",
        "-- \nZoë, Example Ltd.",
    ],
)
def test_what_is_quoted_is_folded_away(quoted: str) -> None:
    assert fold(f"It is.\n\nTruly.\n\n{quoted}") == "It is.\n\nTruly."


def test_answers_between_what_is_quoted_are_kept() -> None:
    assert fold("> First?\nYes.\n> Second?\nNo, on the contrary: it was wrote by me.") == (
        "Yes.\nNo, on the contrary: it was wrote by me."
    )


def test_a_page_is_read_as_its_words() -> None:
    message = a_mail()
    message.set_content(
        "<style>p{}</style><p>Hello &amp; <b>thanks</b></p><script>alert(1)</script>"
        "<blockquote>Is it fine?</blockquote><div>Zoë</div>",
        subtype="html",
    )
    assert read(message.as_bytes()).fresh.split() == ["Hello", "&", "thanks", "Zoë"]
    message = a_mail("Plain.")
    message.add_alternative("<p>Marked up</p>", subtype="html")
    message.add_attachment(b"not words", maintype="text", subtype="plain", filename="notes.txt")
    assert read(message.as_bytes()).fresh == "Plain."


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"From: =?nonsense?b?!!!?= <x@people.example>\r\nSubject: =?utf-8?q?" + b"\xff" * 50 + b"?=\r\n\r\nhi",
        b"Content-Type: text/plain; charset=no-such-thing\r\n\r\n\xff\xfe",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%%",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 300,
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"From: " + b"a@people.example, " * 5000 + b"\r\n\r\nhi",
        b"Message-ID: <[x" + b"[" * 2000 + b">\r\n\r\nhi",
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    found = read(raw)
    assert "\x00" not in found.text
    found.text.encode()


@given(raw=st.binary(max_size=600))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    read(raw)
    read(b"From: a@people.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + raw)


@given(text=st.text(max_size=400))
def test_folding_adds_nothing_and_is_done_once(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= len(text)


def test_a_mail_that_is_too_long_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_BYTES", 2_000)
    assert read(a_mail("words " * 2_000).as_bytes()).is_cut
    monkeypatch.undo()
    long = read(a_mail("words\n" * 20_000).as_bytes())
    assert long.is_cut
    assert len(long.text) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("noted", "found"),
    [
        (
            "mx.parley.example; spf=pass smtp.mailfrom=b.example; dkim=fail (bad; sig) header.d=b.example; dmarc=none",
            "pfn",
        ),
        ("mx.parley.example 1;\r\n dkim=fail header.d=x;\r\n dkim=pass header.d=y", "-p-"),
        ("MX.parley.example; dmarc=pass", "---"),
        ("mx.elsewhere.example; dmarc=pass", "---"),
        ("mx.parley.example; dmarc=perfect; x-spf=pass; spf = softfail", "s--"),
        ("mx.parley.example; none", "---"),
        (";;;==dmarc=pass", "---"),
        ("", "---"),
    ],
)
def test_only_our_own_mail_server_is_believed_about_a_sender(noted: str, found: str) -> None:
    mail = a_mail()
    if noted:
        mail["Authentication-Results"] = noted.replace("\r\n", "")
    # What a sender writes below it, under the same name or another, is not looked at.
    raw = mail.as_bytes().replace(b"\r\n\r\n", b"\r\nAuthentication-Results: mx.parley.example; dmarc=pass\r\n\r\n", 1)
    checks = read(raw if noted else mail.as_bytes(), checked_by="mx.parley.example").checks
    assert "".join(checks.get(each, "-")[0] for each in ("spf", "dkim", "dmarc")) == found
    assert not read(raw).checks


@pytest.mark.parametrize(
    ("headers", "text", "page", "language"),
    [
        ({"Accept_Language": "de-AT, en-US;q=0.5"}, "Hello.", "", "de-AT"),
        ({"Content_Language": "fr"}, "Bonjour.", "", "fr"),
        # What its author reads comes before what was written.
        ({"Accept_Language": "de", "Content_Language": "en"}, "Hello.", "", "de"),
        ({}, "Guten Tag.", "<html><body class=x lang=DE link=blue><p>Guten Tag.", "DE"),
        ({"Content_Language": "<script>"}, "Hello.", '<html lang="pt-BR"><p>x', "pt-BR"),
        ({"Accept_Language": "x" * 400, "Content_Language": ""}, "Hello.", "", ""),
        ({}, "لا يعمل المتجر منذ أمس. Shop 2000", "", "ar"),
        ({}, "فروشگاه کار نمی‌کند", "", ""),
        ({}, "Hello.", "", ""),
        ({}, "", "", ""),
    ],
)
def test_a_mail_says_in_which_language_its_author_reads(
    headers: dict[str, str], text: str, page: str, language: str
) -> None:
    message = a_mail(text)
    if page:
        message.add_alternative(page, subtype="html")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    assert read(message.as_bytes()).language == language
