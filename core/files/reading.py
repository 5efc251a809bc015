"""The text of a file in pieces, for the search for personal data. Bounded: nothing is drawn, run or unpacked whole.

Read are text in whatever encoding, web pages, RTF, what is no known format (a table as Excel saves it, an old Word
document), and one level of a ZIP, which the documents of Office are. Pictures, PDF and other archives are not.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from html import unescape
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from core.files.rules import IN_ZIP, PEEK, UNKNOWN, media_type

PIECE = 256 * 1024
OVERLAP = 4096  # more than the markup that Word writes inside a number
LARGEST_UNPACKED = 16 * 1024 * 1024
LARGEST_DIRECTORY = 256 * 1024
ZIPS = frozenset({"application/zip", *(kind for _, kind in IN_ZIP)})
RAW = frozenset({UNKNOWN, "application/x-ole-storage", "application/ms-tnef"})
# What a broken or hostile ZIP file raises, wherever one is read.
UNREADABLE = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)

TAGS = re.compile(r"<[^<>]*>")
ENDS = re.compile(r"</(?:w:p|a:p|text:p|si|c|row|p|div|tr|td|li)>|<br ?/?>|<w:(?:br|tab)/>")
RTF = re.compile(
    r"\\'(?P<byte>[0-9a-f]{2})|\\u(?P<code>-?\d{1,6})[ ]?\??"
    r"|(?P<end>\\(?:par|line|tab|cell|row|sect|page)(?![a-z])[ ]?)"
    r"|(?P<dash>\\_)|(?P<blank>\\~)|\\[a-z]{1,32}-?\d{0,10}[ ]?|\\.|[{}\r\n]",
)


def pieces(content: IO[bytes]) -> Iterator[str]:
    """The text, cut into pieces that overlap; nothing for what holds none that can be read."""
    kind = media_type(_head(content))
    if kind in ZIPS:
        yield from _unpacked(content)
    else:
        yield from _read(content, kind, None)


def _head(content: IO[bytes]) -> bytes:
    head = content.read(PEEK)
    content.seek(0)
    return head


def _read(content: IO[bytes], kind: str, most: int | None) -> Iterator[str]:
    if kind == "application/rtf":
        yield from map(_without_rtf, _overlapping(_decoded(_chunks(content, most), "cp1252")))
    elif kind in RAW or kind.startswith("text/"):
        head = _head(content)
        for piece in _overlapping(_decoded(_chunks(content, most), _encoding(head))):
            yield piece
            if kind == "text/html":
                yield _without_tags(piece)


def _chunks(content: IO[bytes], most: int | None) -> Iterator[bytes]:
    left = most
    while left != 0 and (chunk := content.read(PIECE if left is None else min(PIECE, left))):
        left = None if left is None else left - len(chunk)
        yield chunk


def _encoding(head: bytes) -> str:
    """By the mark at the beginning; without one, UTF-16 of Latin letters has a zero in every other place."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-32" if head.startswith(codecs.BOM_UTF32_LE) else "utf-16"
    low, high = head[::2].count(0), head[1::2].count(0)
    if max(low, high) > len(head) // 4 and min(low, high) < len(head) // 20:
        return "utf-16-le" if high > low else "utf-16-be"
    return "utf-8"


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """What is not what it seemed is read as Windows writes it, where each byte is a letter."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in chunks:
        try:
            yield decoder.decode(chunk)
        except UnicodeError:
            decoder = codecs.getincrementaldecoder("cp1252")("replace")
            yield decoder.decode(chunk)


def _overlapping(texts: Iterable[str]) -> Iterator[str]:
    tail = ""
    for text in texts:
        yield tail + text
        tail = (tail + text)[-OVERLAP:]


def _without_tags(piece: str) -> str:
    return unescape(TAGS.sub("", ENDS.sub("\n", piece)))


def _without_rtf(piece: str) -> str:
    return RTF.sub(_rtf_character, piece)


def _rtf_character(match: re.Match[str]) -> str:
    if match["byte"]:
        return bytes.fromhex(match["byte"]).decode("cp1252", errors="replace")
    if match["code"]:
        return chr(int(match["code"]) % 0x10000)
    return "\n" if match["end"] else "-" if match["dash"] else " " if match["blank"] else ""


def _unpacked(content: IO[bytes]) -> Iterator[str]:
    """What is in a ZIP, until LARGEST_UNPACKED bytes of it were read. What is locked is passed over; damage ends it."""
    if not _has_small_directory(content):
        return
    left = LARGEST_UNPACKED
    try:
        with ZipFile(content) as archive:
            for member in archive.infolist():
                # The other ways to compress are unpacked without a bound.
                if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or member.flag_bits & 1:
                    continue
                size = min(member.file_size, left)
                with archive.open(member) as opened:
                    yield from _read(opened, media_type(_head(opened)), size)
                left -= size
    except UNREADABLE:
        return


def _has_small_directory(content: IO[bytes]) -> bool:
    """The list of what is in it is read as a whole, so its length is looked at first."""
    content.seek(0, 2)
    content.seek(max(0, content.tell() - 66_000))
    end = content.read()
    content.seek(0)
    at = end.rfind(b"PK\x05\x06")
    listed = int.from_bytes(end[at + 12 : at + 16], "little")
    return at >= 0 and b"PK\x06\x07" not in end[:at] and listed <= LARGEST_DIRECTORY
