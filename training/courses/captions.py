"""Whether a file is captions that a browser shows and that do nothing else (WebVTT). Pure."""

from __future__ import annotations

import re

LARGEST = 1024 * 1024
MOST_CUES = 20_000
TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMING = re.compile(
    rf"{TIME}[ \t]+-->[ \t]+{TIME}((?:[ \t]+(?:vertical|line|position|size|align|region):[\w%.,-]+)*)[ \t]*"
)
TAG = re.compile(r"<([^<>]*)>?")
CLASSES = r"(?:\.[\w-]+)*"
ALLOWED = re.compile(rf"/?(?:c|i|b|u|ruby|rt|v|lang){CLASSES}|(?:v|lang){CLASSES}[ \t]+[^<>&=]*|{TIME}")


def read(content: bytes) -> list[tuple[int, int, str]]:
    """Its cues: from, to (milliseconds) and words. Raises ValueError with a sentence that names the line."""
    if len(content) > LARGEST:
        raise ValueError("Captions are at most 1 MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("The captions are not in UTF-8. Save them as WebVTT in UTF-8.") from None
    if "\0" in text:
        raise ValueError("The captions hold what no text holds.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise ValueError("The captions do not begin with WEBVTT. Choose the .vtt file.")
    cues = [cue for number, block in _blocks(lines) if (cue := _cue(number, block))]
    if not cues:
        raise ValueError("The captions have no cue.")
    if len(cues) > MOST_CUES:
        raise ValueError(f"The captions have more than {MOST_CUES:,} cues.")
    return cues


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Paragraphs after the head, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    begun: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            begun.append(line)
        elif begun:
            blocks.append((number - len(begun), begun))
            begun = []
    return blocks[1:]


def _cue(number: int, block: list[str]) -> tuple[int, int, str] | None:
    if re.match(r"NOTE(?:\s|$)", block[0]):
        return None
    if re.match(r"(?:STYLE|REGION)\s*$", block[0]):
        raise ValueError(f"Line {number}: leave styles and regions out of the captions.")
    if "-->" not in block[0]:
        number, block = number + 1, block[1:]
    timing = TIMING.fullmatch(block[0]) if block else None
    if timing is None:
        raise ValueError(f"Line {number}: this is not a time such as 00:01.000 --> 00:04.000.")
    begin, end = _milliseconds(timing.groups()[:4]), _milliseconds(timing.groups()[4:8])
    if end <= begin:
        raise ValueError(f"Line {number}: the cue ends before it begins.")
    words = "\n".join(block[1:])
    _check(number, words)
    return begin, end, TAG.sub("", words)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _check(number: int, words: str) -> None:
    if "-->" in words:
        raise ValueError(f"Line {number}: leave an empty line between two cues.")
    for tag in TAG.finditer(words):
        if not tag[0].endswith(">") or not ALLOWED.fullmatch(tag[1]):
            raise ValueError(f"Line {number}: captions hold words, not <{tag[1][:30]}>.")
