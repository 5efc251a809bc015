"""Mails as programs write them, and as programs should not."""

from __future__ import annotations

import itertools
from email.message import EmailMessage

_numbers = itertools.count(1)


def mail(
    sender="erin@agency.test", to="help@hearthdesk.test", subject="Cannot save", text="It does not work.", **headers
) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = headers.pop("Message_ID", f"<{next(_numbers)}.mail@agency.test>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def plain(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


HEAD = ("From: erin@agency.test", "To: help@hearthdesk.test")


def hostile() -> dict[str, bytes]:
    """Messages that broke one help desk or another, by what is wrong with them."""
    found = {
        "empty": b"",
        "only blank lines": b"\r\n\r\n\r\n",
        "no headers": b"just words",
        "binary": bytes(range(256)) * 20,
        "zero bytes": plain(*HEAD, "Subject: a\0b", "", "c\0d"),
        "no sender": plain("To: help@hearthdesk.test", "Subject: x", "", "y"),
        "sender without address": plain("From: Nobody", "Subject: x", "", "y"),
        "sender in brackets only": plain("From: <>", "Subject: x", "", "y"),
        "sender with spaces": plain("From: a b c@d", "Subject: x", "", "y"),
        "ten thousand recipients": plain(HEAD[0], "To: " + ", ".join(f"a{n}@b.test" for n in range(10_000)), "", "y"),
        "recipient never ends": plain(HEAD[0], "To: " + "<" * 20_000, "", "y"),
        "comments in comments": plain("From: " + "(" * 5_000 + "erin@agency.test", "", "y"),
        "quotes never closed": plain('From: "Erin <erin@agency.test>', "", "y"),
        "header line of a megabyte": plain(*HEAD, "Subject: " + "x" * 1_000_000, "", "y"),
        "thousands of headers": plain(*HEAD, *(f"X-{n}: y" for n in range(20_000)), "", "y"),
        "the same header many times": plain(*HEAD, *("Subject: again",) * 50, *("Message-ID: <a@b>",) * 50, "", "y"),
        "folded for ever": plain(*HEAD, "Subject: a", *(" b",) * 20_000, "", "y"),
        "colon first": plain(": empty name", *HEAD, "", "y"),
        "line break in subject": plain(*HEAD, "Subject: =?utf-8?q?a=0D=0ABcc:_x@y.test?=", "", "y"),
        "script in subject": plain(*HEAD, "Subject: <script>alert(1)</script>", "", "y"),
        "right-to-left subject": plain(*HEAD, "Subject: =?utf-8?b?4oCuZXhlLmdwai5zc24=?=", "", "y"),
        "template in body": plain(*HEAD, "Subject: {{ 7*7 }}", "", "{{ config }} ${7*7} {% raw %}"),
        "very long word": plain(*HEAD, "Subject: x", "", "a" * 400_000),
        "endless quoting": plain(*HEAD, "Subject: x", "", *(">" * n + " hi" for n in range(500))),
        "regular expression bait": plain(*HEAD, "Subject: x", "", "On " + "a " * 50_000 + "wrote:"),
        "numbers bait": plain(*HEAD, "Subject: x", "", "1-" * 50_000),
        "at signs": plain(*HEAD, "Subject: x", "", "@" * 100_000),
        "no blank line": plain(*HEAD, "Subject: x"),
        "bare carriage returns": b"From: erin@agency.test\rTo: help@hearthdesk.test\rSubject: x\r\ry",
        "sixteen bit": "From: erin@agency.test\r\nSubject: x\r\n\r\ny".encode("utf-16"),
        "byte order mark": b"\xef\xbb\xbf" + plain(*HEAD, "Subject: x", "", "y"),
    }
    found |= {
        "date to come": plain(*HEAD, "Date: Fri, 31 Dec 2199 23:59:59 +0000", "Subject: x", "", "y"),
        "date that is none": plain(*HEAD, "Date: Fri, 99 Foo 26 25:61:61 +9999", "Subject: x", "", "y"),
        "group of recipients": plain(HEAD[0], "To: undisclosed-recipients:;", "Subject: x", "", "y"),
        "group with people": plain(HEAD[0], "To: desk: help@hearthdesk.test, erin@agency.test;", "", "y"),
        "group as sender": plain("From: everybody: erin@agency.test, tam@agency.test;", "Subject: x", "", "y"),
        "sender of another script": plain("From: j\u00fcrgen@m\u00fcnchen.test", HEAD[1], "Subject: x", "", "y"),
        "sender's domain in punycode": plain("From: erin@xn--mnchen-3ya.test", HEAD[1], "Subject: x", "", "y"),
        "punycode that is none": plain("From: erin@xn--\uffff.test", HEAD[1], "Subject: x", "", "y"),
    }
    found |= {f"charset {name}": _charset(name) for name in CHARSETS}
    found |= {f"encoding {name}": _encoding(name) for name in ENCODINGS}
    found |= {f"encoded word {word[:24]}": plain(*HEAD, f"Subject: {word}", "", "y") for word in WORDS}
    found |= {f"content type {kind[:40]}": _kind(kind) for kind in KINDS}
    found |= {f"file name {name[:30]!r}": _file(name) for name in NAMES}
    found |= {f"html {number}": _html(html) for number, html in enumerate(PAGES)}
    found |= {
        f"message id {one[:20]!r}": plain(*HEAD, f"Message-ID: {one}", f"In-Reply-To: {one}", "", "y") for one in IDS
    }
    found |= {f"nested {depth}": _nested(depth) for depth in (5, 29, 31, 200, 1_000, 3_000)}
    found |= {f"parts {count}": _parts(count) for count in (10, 299, 400, 1_000, 5_000)}
    found |= {f"cut at {cut}": mail(text="x" * 300)[:cut] for cut in (10, 50, 90, 150, 200, 260)}
    return found


CHARSETS = (
    "",
    "utf-8",
    "UTF8",
    "ascii",
    "iso-8859-1",
    "windows-1252",
    "cp1251",
    "koi8-r",
    "gb2312",
    "shift_jis",
    "iso-2022-jp",
)
CHARSETS += (
    "utf-7",
    "utf-16",
    "utf-32",
    "unknown-8bit",
    "x-user-defined",
    "none",
    "idna",
    "punycode",
    "undefined",
    "rot13",
    "hex",
)
CHARSETS += ("zlib", "unicode_escape", "raw_unicode_escape", "\"'utf-8", "a" * 500, "utf-8; utf-16", "../../etc/passwd")
ENCODINGS = (
    "7bit",
    "8bit",
    "binary",
    "base64",
    "quoted-printable",
    "x-uuencode",
    "gzip",
    "",
    "base64 base64",
    "b" * 300,
)
WORDS = (
    "=?utf-8?q?",
    "=?utf-8?b?%%%%?=",
    "=?utf-8?x?abc?=",
    "=?nope?q?abc?=",
    "=??q?abc?=",
    "=?utf-8?q?=F0=9F?= =?utf-8?q?=98=80?=",
    "=?utf-8?b?/w==?=",
    "=?idna?q?abc?=",
    "=?utf-8?q?" + "=E4" * 5_000 + "?=",
    "=?utf-16?b?AAAA?=",
    "=?us-ascii?q?=80?=",
)
KINDS = (
    "text/plain; charset",
    "text/plain; charset=",
    "text",
    "/",
    "",
    "multipart/mixed",
    'multipart/mixed; boundary=""',
    "multipart/mixed; boundary=x; boundary=y",
    "multipart/alternative; boundary=" + "x" * 300,
    "message/rfc822",
    "message/partial",
    "message/external-body; access-type=URL",
    "message/delivery-status",
    "multipart/report; report-type=delivery-status",
    "multipart/signed",
    "multipart/encrypted",
    "application/ms-tnef",
    "text/calendar",
    "text/html",
    "image/svg+xml",
    "text/plain; name*=utf-8''%ff%fe",
    "text/plain; name*0=a; name*2=c",
    "TEXT/PLAIN; CHARSET=UTF-8",
)
NAMES = (
    "../../../etc/passwd",
    "..\\..\\boot.ini",
    "a\r\nB: c",
    "con.txt",
    "a" * 5_000 + ".pdf",
    "\u202egpj.exe",
    "<script>.html",
    "",
    ".",
    "..",
    "ssn card John Doe.jpg",
    "C:\\fakepath\\a.doc",
    "a;b.txt",
    "a\0b.txt",
    "%00.txt",
    "=?utf-8?q?a?=.txt",
    "winmail.dat",
)
PAGES = (
    "<script>alert(1)</script>hi",
    "<img src=x onerror=alert(1)>hi",
    '<a href="javascript:alert(1)">hi</a>',
    "<svg onload=alert(1)>hi",
    '<a href="jAvAsCrIpT&#58;alert(1)">hi</a>',
    "<iframe src=//x.test></iframe>hi",
    "<style>*{display:none}</style>hi",
    "<b>" * 5_000,
    "<table>" * 2_000 + "hi",
    "<" * 50_000,
    "<!--" * 10_000,
    '<a href="data:text/html,<script>x</script>">hi</a>',
    "<base href=//x.test>hi",
    '<form action="//x.test"><input name=a></form>hi',
    '<meta http-equiv="refresh" content="0;url=//x.test">hi',
    "\0<\0s\0c\0r\0i\0p\0t>hi",
    '<div style="background:url(//x.test)">hi</div>',
    "<math><mtext><script>x</script></mtext></math>hi",
    "&#0;&#xD800;&#99999999;hi",
)
IDS = (
    "<>",
    "<a>",
    "no brackets",
    "<" + "a" * 5_000 + "@b>",
    "<a@b> <c@d>",
    "<a b@c>",
    "<\0@b>",
    "<a@b",
    "<" * 10_000,
    "=?utf-8?q?<a@b>?=",
)


def _charset(name: str) -> bytes:
    return (
        plain(*HEAD, "Subject: x", f"Content-Type: text/plain; charset={name}", "", "")
        + b"caf\xe9 \xff\xfe \xf0\x9f\x98\x80"
    )


def _encoding(name: str) -> bytes:
    return plain(
        *HEAD,
        "Subject: x",
        f"Content-Transfer-Encoding: {name}",
        "",
        "=ZZ=\r\n%%%not base64%%%\r\nbegin 644 x\r\n#%%%\r\nend",
    )


def _kind(kind: str) -> bytes:
    return plain(*HEAD, "Subject: x", f"Content-Type: {kind}", "", "--x", "", "words", "--x--")


def _file(name: str) -> bytes:
    body = ("--b", "Content-Type: text/plain", "", "see the file", "--b")
    part = (
        f'Content-Type: application/octet-stream; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "",
        "x",
        "--b--",
    )
    return plain(
        *HEAD, "Subject: x", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "", *body, *part
    )


def _html(html: str) -> bytes:
    return plain(*HEAD, "Subject: x", "Content-Type: text/html; charset=utf-8", "", html)


def _nested(depth: int) -> bytes:
    opened = [line for n in range(depth) for line in (f"Content-Type: multipart/mixed; boundary=b{n}", "", f"--b{n}")]
    closed = [f"--b{n}--" for n in reversed(range(depth))]
    return plain(*HEAD, "Subject: x", *opened, "Content-Type: text/plain", "", "deep", *closed)


def _parts(count: int) -> bytes:
    parts = [line for n in range(count) for line in ("--b", "Content-Type: image/png", "", str(n))]
    return plain(*HEAD, "Subject: x", "Content-Type: multipart/mixed; boundary=b", "", *parts, "--b--")
