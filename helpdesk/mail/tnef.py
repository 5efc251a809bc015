"""What Outlook packs into winmail.dat (TNEF, as MS-OXTNEF writes it down): its files, and its words. Pure.

Read in one pass over the bytes there are; a length that says more than that ends the reading. Whatever is wrong
with it raises Broken, and the caller keeps the file as it came.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from helpdesk.mail import charsets

SIGNATURE = b"\x78\x9f\x3e\x22"
HEAD = struct.Struct("<BII")
MOST_FILES = 100
MOST_PROPERTIES = 2_000
MOST_VALUES = 1_000

BODY, PROPERTIES = 0x0002800C, 0x00069003
BEGINS_FILE, FILE_TITLE, FILE_DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005

LONG_NAME, DATA, PLAIN, HTML = 0x3707, 0x3701, 0x1000, 0x1013
OBJECT, STRING, UNICODE, BINARY = 0x0D, 0x1E, 0x1F, 0x102
NAMED, MANY = 0x8000, 0x1000
INTERFACE = 16  # bytes before the content of an object
SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16, 0x01: 0}


class Broken(Exception):
    """It is no TNEF, or it ends too early."""


@dataclass
class Unpacked:
    """`files` are (name, bytes); `plain` and `html` are "" where it has none."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    plain: str = ""
    html: str = ""


@dataclass
class _File:
    name: str = ""
    content: bytes = b""


def unpack(raw: bytes) -> Unpacked:
    if not raw.startswith(SIGNATURE):
        raise Broken("It does not begin as one.")
    told, files = Unpacked(), list[_File]()
    try:
        for kind, data in _attributes(raw):
            _take(kind, data, told, files)
    except (struct.error, KeyError, IndexError) as error:
        raise Broken("It ends too early, or holds what none holds.") from error
    told.files = [(one.name, one.content) for one in files if one.content]
    return told


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(SIGNATURE) + 2
    while at < len(raw):
        _, kind, length = HEAD.unpack_from(raw, at)
        at += HEAD.size
        if at + length + 2 > len(raw):
            raise IndexError(length)
        yield kind, raw[at : at + length]
        at += length + 2


def _take(kind: int, data: bytes, told: Unpacked, files: list[_File]) -> None:
    if kind == BEGINS_FILE:
        if len(files) >= MOST_FILES:
            raise IndexError(MOST_FILES)
        files.append(_File())
    elif kind == BODY:
        told.plain = told.plain or _words(data)
    elif kind == PROPERTIES:
        _take_words(dict(_properties(data)), told)
    elif files and kind == FILE_TITLE:
        files[-1].name = files[-1].name or _words(data)
    elif files and kind == FILE_DATA:
        files[-1].content = files[-1].content or data
    elif files and kind == FILE_PROPERTIES:
        _take_file(dict(_properties(data)), files[-1])


def _take_words(known: dict[int, tuple[int, bytes]], told: Unpacked) -> None:
    if PLAIN in known:
        told.plain = _text(*known[PLAIN]) or told.plain
    if HTML in known:
        told.html = _text(*known[HTML])


def _take_file(known: dict[int, tuple[int, bytes]], one: _File) -> None:
    if LONG_NAME in known:
        one.name = _text(*known[LONG_NAME]) or one.name
    if DATA in known:
        kind, data = known[DATA]
        one.content = one.content or (data[INTERFACE:] if kind == OBJECT else data)


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Number to (type, the first value's bytes)."""
    (count,) = struct.unpack_from("<I", data, 0)
    at = 4
    for _ in range(min(count, MOST_PROPERTIES)):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= NAMED:
            at = _after_name(data, at)
        value, at = _value(data, at, kind)
        yield number, (kind & ~MANY, value)


def _after_name(data: bytes, at: int) -> int:
    """A property of a program's own says which by a set, and by a number or a name."""
    (is_text,) = struct.unpack_from("<I", data, at + 16)
    at += 20
    if not is_text:
        return at + 4
    (length,) = struct.unpack_from("<I", data, at)
    return at + 4 + _padded(length)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    one = kind & ~MANY
    if one not in (OBJECT, STRING, UNICODE, BINARY):
        size, count = SIZES[one], 1
        if kind & MANY:
            (count,) = struct.unpack_from("<I", data, at)
            at += 4
        return data[at : at + size], at + size * min(count, len(data))
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    first = b""
    if count > MOST_VALUES:
        raise IndexError(count)
    for number in range(count):
        (length,) = struct.unpack_from("<I", data, at)
        at += 4
        if at + length > len(data):
            raise IndexError(length)
        first = first if number else data[at : at + length]
        at += _padded(length)
    return first, at


def _padded(length: int) -> int:
    return length + -length % 4


def _text(kind: int, data: bytes) -> str:
    if kind == UNICODE:
        return charsets.clean(data.decode("utf-16-le", "replace")).strip("\0")
    return _words(data)


def _words(data: bytes) -> str:
    return charsets.decode(data.rstrip(b"\0"))
