"""Videos as small as they can be: their headers only, which say how long they last."""

from __future__ import annotations

import struct

CAPTIONS = b"""\
WEBVTT

00:00.000 --> 00:02.000
Welcome.

NOTE by hand

1
00:02.000 --> 00:04.500 align:start
<v Theo>Lock <b>it</b>.
"""


def _box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, name) + body


def mp4(seconds: float, handler: bytes = b"vide", scale: int = 1000) -> bytes:
    """An MP4 that lasts so long."""
    mvhd = _box(b"mvhd", bytes(12), struct.pack(">II", scale, int(seconds * scale)), bytes(80))
    hdlr = _box(b"hdlr", bytes(8), handler, bytes(13))
    trak = _box(b"trak", _box(b"tkhd", bytes(84)), _box(b"mdia", hdlr))
    return _box(b"ftyp", b"isom", bytes(4), b"isommp42") + _box(b"mdat", bytes(64)) + _box(b"moov", mvhd, trak)


def _element(number: str, *content: bytes) -> bytes:
    body = b"".join(content)
    return bytes.fromhex(number) + struct.pack(">Q", len(body) | 1 << 56) + body


def webm(seconds: float, kind: bytes = b"\1", doc_type: bytes = b"webm") -> bytes:
    """A WebM that lasts so long."""
    info = _element(
        "1549a966", _element("2ad7b1", b"\x0f\x42\x40"), _element("4489", struct.pack(">d", seconds * 1000))
    )
    tracks = _element("1654ae6b", _element("ae", _element("d7", b"\1"), _element("83", kind)))
    return _element("1a45dfa3", _element("4282", doc_type)) + _element(
        "18538067", info, tracks, _element("1f43b675", bytes(64))
    )
