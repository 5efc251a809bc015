"""What a file is called and what it is, judged from its name and its first bytes. Pure."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 150
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
REFUSED = frozenset('<>:"|?*')

PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"),
)
OFFICE = "application/vnd.openxmlformats-officedocument"
IN_ZIP: tuple[tuple[bytes, str], ...] = (
    (b"word/", f"{OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{OFFICE}.spreadsheetml.sheet"),
    (b"ppt/", f"{OFFICE}.presentationml.presentation"),
)
BOXES: dict[bytes, str] = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
MARKUP = ("<!doctype", "<html", "<head", "<body", "<script", "<svg", "<?xml", "<!--")
UNKNOWN = "application/octet-stream"
PEEK = 4096


def clean_name(name: str) -> str:
    """A name that is only a name: no folders, control or direction characters, nothing Windows trips over."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(" " if c.isspace() else c for c in last if _is_plain(c))
    stem, dot, ending = " ".join(kept.split()).strip(". ").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    if stem.casefold() in DEVICES:
        stem = f"_{stem}"
    return _shortened(stem, ending[:20]) or "file"


def _is_plain(char: str) -> bool:
    return char.isspace() or (char not in REFUSED and unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def _shortened(stem: str, ending: str) -> str:
    tail = f".{ending}" if ending else ""
    room = LONGEST_NAME - len(tail.encode())
    return (stem.encode()[:room].decode(errors="ignore").strip() + tail).strip(". ")


def media_type(head: bytes) -> str:
    """What the content is, from its first PEEK bytes; text of any kind is told apart only from markup."""
    for prefix, kind in PREFIXES:
        if head.startswith(prefix):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in IN_ZIP if mark in head), "application/zip")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return BOXES.get(head[8:12], "video/mp4")
    return _text_type(head)


def _text_type(head: bytes) -> str:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    text = head.decode(encoding, errors="replace")
    if encoding == "utf-8" and (b"\0" in head or "\ufffd" in text[:-4]):
        return UNKNOWN
    return "text/html" if any(mark in text[:1024].casefold() for mark in MARKUP) else "text/plain"


def served_type(kind: str) -> str:
    """The type a download carries: nothing that a browser would run."""
    return UNKNOWN if kind in ("text/html", "application/x-msdownload", "application/x-elf") else kind
