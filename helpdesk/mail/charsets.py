"""Bytes of whatever encoding into text that a database and a page can hold. Pure; never raises."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re

from core.text import one_line

# Not encodings of text, or so slow on hostile input that a message could hold up all others.
UNSAFE = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem", "palmos"})
MISNAMED = {"ascii", "iso8859-1", "cp1252", "latin-1"}
ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")
BETWEEN_WORDS = re.compile(r"(?<=\?=)[ \t\r\n]{1,10}(?==\?)")
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LONGEST_HEADER = 20_000


def decode(data: bytes, charset: str = "") -> str:
    """The text. A charset that is missing, unknown or wrong is replaced by what fits: UTF-8, else Windows-1252."""
    name = _known(charset)
    tries = ["utf-8", name] if name in MISNAMED or not name else [name, "utf-8"]
    for encoding in tries:
        if encoding:
            try:
                return clean(data.decode(encoding))
            except (UnicodeError, ValueError, LookupError):
                continue
    return clean(data.decode("cp1252", errors="replace"))


def _known(charset: str) -> str:
    """Python's name of a text encoding, "" for anything else."""
    try:
        info = codecs.lookup(charset.split("*")[0].strip().strip("\"'")[:40])
        "".encode(info.name)
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "" if info.name.replace("_", "-") in UNSAFE else info.name


def clean(text: str) -> str:
    """Without characters that no text has: NUL, other controls, halves of pairs."""
    return NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def header(value: object) -> str:
    """A header as one line of text: unfolded, its encoded words decoded, its raw 8-bit bytes read as text."""
    raw = str(value)[:LONGEST_HEADER]
    if not raw.isascii():
        raw = decode(raw.encode("utf-8", "surrogateescape"))
    joined = BETWEEN_WORDS.sub("", raw)
    words = _decode_words(joined)
    return one_line(clean(words))


def _decode_words(text: str) -> str:
    """Neighbouring words of one encoding are decoded together: programs cut characters in half between them."""
    out, pending, charset, at = "", b"", "", 0
    for match in ENCODED_WORD.finditer(text):
        between = text[at : match.start()]
        if between or match[1].casefold() != charset:
            out, pending = out + decode(pending, charset) + between, b""
        charset, at = match[1].casefold(), match.end()
        pending += _word_bytes(match[2], match[3])
    return out + decode(pending, charset) + text[at:]


def _word_bytes(kind: str, payload: str) -> bytes:
    if kind in "qQ":
        return quopri.decodestring(payload.replace("_", " ").encode("utf-8", "replace"), header=True)
    try:
        return base64.b64decode(payload.encode("ascii", "ignore") + b"===")
    except (binascii.Error, ValueError):
        return payload.encode("utf-8", "replace")
