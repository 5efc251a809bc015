"""What a video file is and how long it lasts, from its own bytes: MP4 and WebM, which every browser plays. Pure.

Only the headers are read. A file whose length cannot be told is refused, since what was watched is measured by it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

MP4, WEBM = "video/mp4", "video/webm"
LONGEST_MS = 12 * 3600 * 1000
SHORTEST_MS = 1000
LARGEST_HEADER = 16 * 1024 * 1024
MOST_BOXES = 10_000
NOT_A_VIDEO = "This is not an MP4 or WebM video that browsers play."
NO_LENGTH = "The video does not say how long it lasts. Export it again as MP4 or WebM."


@dataclass(frozen=True)
class Video:
    media_type: str
    milliseconds: int


def read(content: IO[bytes]) -> Video:
    """Raises ValueError with a sentence for what is no such video."""
    head = content.read(16)
    content.seek(0, 2)
    size = content.tell()
    try:
        if head[4:8] == b"ftyp":
            return _checked(MP4, _mp4(content, size))
        if head[:4] == b"\x1a\x45\xdf\xa3":
            return _checked(WEBM, _webm(content, size))
    except (struct.error, IndexError, OverflowError):
        raise ValueError(NOT_A_VIDEO) from None
    raise ValueError(NOT_A_VIDEO)


def _checked(kind: str, seconds: float) -> Video:
    if not seconds * 1000 >= SHORTEST_MS:  # not a number is none of this either
        raise ValueError(NO_LENGTH)
    if seconds * 1000 > LONGEST_MS:
        raise ValueError("The video is longer than 12 hours. Cut it into parts.")
    return Video(kind, int(seconds * 1000))


# ------------------------------------------------------------------ MP4: boxes of size and name


def _mp4(content: IO[bytes], size: int) -> float:
    moov = next((box for box in _boxes(content, 0, size) if box[0] == b"moov"), None)
    if moov is None:
        raise ValueError(NOT_A_VIDEO)
    parts = list(_boxes(content, moov[1], moov[2]))
    if not any(_has_pictures(content, begin, end) for name, begin, end in parts if name == b"trak"):
        raise ValueError("There are no pictures in this file, only sound or nothing.")
    for name, begin, _ in parts:
        if name == b"mvhd":
            return _mvhd(content, begin)
    raise ValueError(NO_LENGTH)


def _boxes(content: IO[bytes], begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte of the content, and the byte after it."""
    for _ in range(MOST_BOXES):
        if begin + 8 > end:
            return
        content.seek(begin)
        size, name = struct.unpack(">I4s", content.read(8))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", content.read(8))
            head = 16
        size = size or end - begin
        if size < head or begin + size > end:
            raise ValueError(NOT_A_VIDEO)
        yield name, begin + head, begin + size
        begin += size


def _has_pictures(content: IO[bytes], begin: int, end: int) -> bool:
    for name, first, last in _boxes(content, begin, end):
        if name == b"mdia":
            for inner, at, _ in _boxes(content, first, last):
                content.seek(at + 8)
                if inner == b"hdlr" and content.read(4) == b"vide":
                    return True
    return False


def _mvhd(content: IO[bytes], begin: int) -> float:
    content.seek(begin)
    is_long = content.read(1) == b"\1"
    content.seek(begin + (20 if is_long else 12))
    scale, length = struct.unpack(">IQ" if is_long else ">II", content.read(12 if is_long else 8))
    unknown = 2**64 - 1 if is_long else 2**32 - 1
    if not scale or length == unknown:
        raise ValueError(NO_LENGTH)
    return float(length) / float(scale)


# ------------------------------------------------------------------ WebM: EBML elements

DOC_TYPE, SEGMENT, INFO, TRACKS, SCALE, LENGTH = 0x4282, 0x18538067, 0x1549A966, 0x1654AE6B, 0x2AD7B1, 0x4489
TRACK, TRACK_TYPE, CLUSTER = 0xAE, 0x83, 0x1F43B675


def _webm(content: IO[bytes], size: int) -> float:
    top = list(_elements(content, 0, size))
    names = [_bytes(content, begin, end) for n, begin, end in _inside(content, top, 0x1A45DFA3) if n == DOC_TYPE]
    if names != [b"webm"]:
        raise ValueError(NOT_A_VIDEO)
    parts = _inside(content, top, SEGMENT)
    tracks = [_inside(content, [track], TRACK) for track in _inside(content, parts, TRACKS) if track[0] == TRACK]
    kinds = [_bytes(content, begin, end) for track in tracks for n, begin, end in track if n == TRACK_TYPE]
    if b"\1" not in kinds:
        raise ValueError("There are no pictures in this file, only sound or nothing.")
    told = {n: _bytes(content, begin, end) for n, begin, end in _inside(content, parts, INFO)}
    if LENGTH not in told or len(told[LENGTH]) not in (4, 8):
        raise ValueError(NO_LENGTH)
    (length,) = struct.unpack(">f" if len(told[LENGTH]) == 4 else ">d", told[LENGTH])
    return float(length) * int.from_bytes(told.get(SCALE, b"\x0f\x42\x40"), "big") / 1e9


Element = tuple[int, int, int]


def _inside(content: IO[bytes], elements: list[Element], wanted: int) -> list[Element]:
    found = next((one for one in elements if one[0] == wanted), None)
    return list(_elements(content, found[1], found[2])) if found else []


def _elements(content: IO[bytes], begin: int, end: int) -> Iterator[Element]:
    """Number, first byte of the content, and the byte after it; those with the pictures themselves end it."""
    for _ in range(MOST_BOXES):
        if begin >= end:
            return
        content.seek(begin)
        number, first = _number(content, keep=True), content.read(1)
        content.seek(-1, 1)
        size = _number(content, keep=False)
        at = content.tell()
        unknown = first == b"\xff" or size == 2**56 - 1
        last = end if unknown else at + size
        if number == CLUSTER:
            return
        yield number, at, min(last, end)
        begin = last


def _number(content: IO[bytes], *, keep: bool) -> int:
    """A number of variable length; its length's own mark is part of an element's number, and not of a size."""
    first = content.read(1)[0]
    length = 9 - first.bit_length()
    if length > 8:
        raise ValueError(NOT_A_VIDEO)
    value = first if keep else first & (0xFF >> length)
    for byte in content.read(length - 1):
        value = value << 8 | byte
    return value


def _bytes(content: IO[bytes], begin: int, end: int) -> bytes:
    if end - begin > LARGEST_HEADER:
        raise ValueError(NOT_A_VIDEO)
    content.seek(begin)
    return content.read(end - begin)
