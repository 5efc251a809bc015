"""Splits a mail's text into what the sender wrote, their signature, and what they quoted. Pure.

Nothing is dropped: `quoted` and `signature` hold what is not in `visible`. An introduction may be
wrapped over several lines, quoted itself, in many languages, or a copied block of headers. Each line is
looked at a bounded number of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_LINES = 20_000
LONGEST_INTRO = 320
MOST_INTRO_LINES = 6

STARTS = r"(?:on|at|am|le|el|il|op|den|em|dnia|w dniu|dne|vào|pe|tor|pada|kl|в|у)\b|在|\d{1,4}[./ -]"
WROTE = (
    r"(?:wrote|writes|schrieb|schreef|geschreven|a écrit|ha scritto|escribi[oó]|escreveu|skrev|napisał(?:\(a\))?"
    r"|написал(?:\(а\)|а)?|пишет|пише|писав|napsal|kirjoitti|a scris|написа|写道|寫道|ha escrito|írta)"
)
INTRO = re.compile(
    rf"^(?:{STARTS}).{{0,{LONGEST_INTRO}}}{WROTE}\b.{{0,160}}[:：]$|^(?:{STARTS}).{{0,{LONGEST_INTRO}}}{WROTE}\s?[:：]$",
    re.IGNORECASE,
)
INTRO_NAMED = re.compile(rf"^.{{0,120}}<[^<>]{{3,120}}>\s?.{{0,20}}{WROTE}\b(?: am .{{0,60}})?\s?[:：]$", re.IGNORECASE)
INTRO_ONE_LINE = re.compile(
    rf"^[^.!?]{{0,40}}\d{{1,2}}\D.{{0,160}}\b\d{{4}}\b.{{0,120}}{WROTE}\s?[:：]$", re.IGNORECASE
)
INTRO_DASHED = re.compile(rf"^-{{2,}} ?.{{0,200}}{WROTE} ?-{{2,}}$", re.IGNORECASE)
INTRO_DATED = re.compile(
    r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: \d{1,2}:\d\d)?(?: GMT[+-]\d\d:?\d\d .{1,150}|.{1,100}<[^<>]{3,120}>):?$"
)
HAS_DATE = re.compile(r"\d{1,2}[:.]\d\d|\d{4}|\d{1,2}[./-]\d{1,2}|\d{1,2}\.? \w{3}")

ORIGINAL = re.compile(
    r"^[\s>*_]*(?:-{2,}\s*)?\*?(?:-{2,}\s*)?(?P<what>original message|original appointment|reply message"
    r"|ursprüngliche nachricht|mensaje original|message d'origine|messaggio originale|mensagem original"
    r"|oorspronkelijk bericht|origineel bericht|forwarded message|begin forwarded message"
    r"|weitergeleitete nachricht|anfang der weitergeleiteten (?:nachricht|e-mail)"
    r"|mensaje reenviado|inicio del mensaje reenviado|message transféré|début du message (?:réexpédié|transféré)"
    r"|doorgestuurd bericht|begin doorgestuurd bericht|vidarebefordrat meddelande|messaggio inoltrato"
    r"|mensagem encaminhada|пересылаемое сообщение)\s*(?P<end>:|-{2,}\*?:?)$",
    re.IGNORECASE,
)
FORWARDS = re.compile(
    r"forward|weitergeleitet|reenviado|transféré|réexpédié|doorgestuurd|vidarebefordrat|inoltrato|encaminhada|пересыл",
    re.IGNORECASE,
)

FROM = {"from", "von", "de", "от кого", "från", "van", "da", "fra", "od", "lähettäjä", "发件人", "寄件者"}
OTHER_LABELS = {
    *("to", "cc", "bcc", "sent", "date", "subject", "reply-to", "importance", "received"),
    *("an", "kopie", "gesendet", "datum", "betreff", "antwort an"),
    *("para", "enviado", "enviado el", "enviados", "fecha", "asunto", "assunto", "data", "enviada em"),
    *("à", "a", "pour", "envoyé", "objet", "sujet", "répondre à"),
    *("till", "skickat", "ämne", "kopia", "til", "sendt", "emne", "dato"),
    *(
        "aan",
        "verzonden",
        "onderwerp",
        "risposta",
        "oggetto",
        "inviato",
        "wysłano",
        "do",
        "temat",
        "кому",
        "дата",
        "тема",
        "копия",
    ),
    *("收件人", "发送时间", "主题", "抄送"),
}
LABEL = re.compile(r"^[\s>*_]{0,6}(?P<label>[^\W\d_][\w -]{0,15}?)\s?\*?[:：]\*?(?:\s|$)")
HEADER_REACH = 9
ENOUGH_LABELS = 3

QUOTE = re.compile(r"^\s{0,3}(?:[>|]|[A-Z][A-Za-z]{0,15}>(?:\s|$))")
ARROW = re.compile(r"^\s{0,3}>")
DELIMITER = re.compile(r"^[\sᐧ]*(?:[-_=*#~+—–.]{2,}|[—–ᐧ])?[\sᐧ]*$")
SIGNATURE = re.compile(r"^(?:--|—|–|__+)\s*$")
LONGEST_SIGNATURE = 15
DEVICE = re.compile(
    r"^[\s(<\[*_]*(?:(?:sent|posted|written|typed) (?:from|via|with|by|using)\b|get \[?outlook for"
    r"|from my (?:iphone|ipad|android)|envoyé (?:depuis|de|à partir)"
    r"|von meinem .{1,30} gesendet|gesendet (?:von|mit)|diese nachricht wurde von meinem"
    r"|enviado (?:desde|do|de|a partir)|inviato da|verzonden (?:met|vanaf|vanuit)|sendt fra|skickat från"
    r"|lähetetty|wysłane z|отправлено (?:с|из)|надіслано|從我的|从我的|someone from mobile"
    r"|download the .{1,30} app)",
    re.IGNORECASE,
)
LONGEST_DEVICE = 120


@dataclass(frozen=True)
class Split:
    """`is_forward`: what is in `quoted` was sent on for its own sake and belongs to the message."""

    visible: str
    quoted: str = ""
    signature: str = ""
    is_forward: bool = False

    @property
    def shown(self) -> str:
        """What the conversation shows at once."""
        return f"{self.visible}\n\n{self.quoted}".strip() if self.is_forward else self.visible

    @property
    def folded(self) -> str:
        """What it shows on demand, so that no words are lost: the signature, then what was quoted."""
        signed = [line for line in self.signature.split("\n") if not (DELIMITER.match(line) or is_device_note(line))]
        parts = (_joined(signed), "" if self.is_forward else self.quoted)
        return "\n\n".join(part for part in parts if part)


def split(text: str) -> Split:
    """The parts of a text body. Where nothing would be left to see, everything is visible."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MOST_LINES:
        return Split(text.strip())
    found = _first_intro(lines)
    body, quoted, forward = _around(lines, found) if found else (lines, [], False)
    kept, signature = _cut_signature(body)
    visible = _joined(kept)
    if not visible:
        if _joined(quoted):
            return Split(_joined(quoted), signature=_joined(signature), is_forward=forward)
        return Split(_joined(lines), is_forward=forward)
    return Split(visible, _joined(quoted), _joined(signature), forward)


@dataclass(frozen=True)
class Intro:
    """The lines that introduce a quotation: "On ... wrote:", or a copied header."""

    start: int
    end: int
    is_forward: bool = False


def first_header(lines: list[str]) -> Intro | None:
    """The first copied header ("From: / Sent: / To: / Subject:"), with the line above it that says what follows."""
    for number in range(min(len(lines), MOST_LINES)):
        line = _unquoted(lines[number])
        match = ORIGINAL.match(line) if len(line) <= LONGEST_INTRO else None
        begins = _skip_blank(lines, number + 1) if match else number
        if end := _header_end(lines, begins):
            return Intro(number, end, bool(match and FORWARDS.search(match["what"])))
    return None


def _first_intro(lines: list[str], start: int = 0) -> Intro | None:
    fenced = False
    for number in range(start, len(lines)):
        if lines[number].lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and (found := _intro_at(lines, number)):
            return found
    return None


def _intro_at(lines: list[str], number: int) -> Intro | None:
    line = _unquoted(lines[number])
    if not line or len(line) > LONGEST_INTRO:
        return None
    if match := ORIGINAL.match(line):
        end = _header_end(lines, _skip_blank(lines, number + 1))
        return Intro(number, end or number + 1, bool(FORWARDS.search(match["what"])))
    if end := _header_end(lines, number):
        return Intro(number, end)
    if end := _wrote_end(lines, number, line):
        return Intro(number, end)
    return None


def _unquoted(line: str) -> str:
    return line.lstrip(" >\t").rstrip()


def _skip_blank(lines: list[str], number: int) -> int:
    while number < len(lines) and not _unquoted(lines[number]):
        number += 1
    return number


def _wrote_end(lines: list[str], number: int, first: str) -> int | None:
    """Mail programs wrap the sentence, so that up to a few lines are read as one."""
    if INTRO_DASHED.match(first) or INTRO_DATED.match(first) or INTRO_ONE_LINE.match(first):
        return number + 1
    joined, named = "", "<" in first
    for offset, raw in enumerate(lines[number : number + MOST_INTRO_LINES]):
        joined = f"{joined} {_unquoted(raw)}".strip()
        if len(joined) > LONGEST_INTRO:
            return None
        if joined.endswith((":", "：")) and _is_intro(joined, named=named and offset < 3):
            return number + offset + 1
    return None


def _is_intro(joined: str, *, named: bool) -> bool:
    if INTRO.match(joined) and (HAS_DATE.search(joined) or "<" in joined):
        return True
    return named and bool(INTRO_NAMED.match(joined) or INTRO_DATED.match(joined))


def _header_end(lines: list[str], number: int) -> int | None:
    """The line after a copied header ("From: / Sent: / To: / Subject:") that begins here."""
    if number >= len(lines) or _label(lines[number]) not in FROM:
        return None
    seen, last = 1, number
    for at in range(number + 1, min(number + HEADER_REACH, len(lines))):
        if _label(lines[at]) in OTHER_LABELS:
            seen, last = seen + 1, at
        elif not _unquoted(lines[at]) and seen >= ENOUGH_LABELS:
            break
    if seen < ENOUGH_LABELS:
        return None
    while last + 1 < len(lines) and _unquoted(lines[last + 1]):
        last += 1
    return last + 1 if last + 1 - number <= HEADER_REACH + 2 else number + seen


def _label(line: str) -> str:
    match = LABEL.match(line)
    return match["label"].strip().casefold() if match else ""


def _around(lines: list[str], intro: Intro) -> tuple[list[str], list[str], bool]:
    """What is the sender's own before, after and between the quoted lines."""
    before, after = lines[: intro.start], lines[intro.end :]
    introduced = lines[intro.start : intro.end]
    if not _joined(_cut_signature(before)[0]):
        return _answer_below(lines, intro, after)
    if _is_interleaved(after):
        return (
            before + [line for line in after if not QUOTE.match(line) or ARROW.match(line)],
            introduced + [line for line in after if QUOTE.match(line) and not ARROW.match(line)],
            intro.is_forward,
        )
    return before, introduced + after, intro.is_forward


def _answer_below(lines: list[str], intro: Intro, after: list[str]) -> tuple[list[str], list[str], bool]:
    """Nothing stands above the quotation: the answer is below it, or the mail is only what was sent on."""
    introduced = lines[: intro.end]
    start = _skip_blank(after, 0)
    if start < len(after) and ARROW.match(after[start]):
        end = start
        while end < len(after) and (ARROW.match(after[end]) or not after[end].strip()):
            end += 1
        return after[end:], introduced + after[:end], intro.is_forward
    kept, taken = _without_intros(after)
    return kept, introduced + taken, intro.is_forward


def _without_intros(lines: list[str]) -> tuple[list[str], list[str]]:
    """A program that does not mark quoted lines leaves only their introductions to take out; both are returned."""
    kept, taken = list(lines), []
    while (found := _first_intro(kept)) and found.end > found.start:
        taken += kept[found.start : found.end]
        kept = kept[: found.start] + kept[found.end :]
        if len(lines) - len(kept) > HEADER_REACH * 4:
            break
    return kept, taken


def _is_interleaved(after: list[str]) -> bool:
    """Quoted lines, and then words of the sender's own that are more than a signature."""
    marked = [n for n, line in enumerate(after) if ARROW.match(line)]
    if not marked or _skip_blank_plain(after, 0) != marked[0]:
        return False
    own = [line for line in _cut_signature(after)[0][marked[0] :] if line.strip() and not QUOTE.match(line)]
    return bool(own)


def _skip_blank_plain(lines: list[str], number: int) -> int:
    while number < len(lines) and not lines[number].strip():
        number += 1
    return number


def _cut_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """The body and its tail: after a signature mark, and device notes and rulers at the very end."""
    end = len(lines)
    if (mark := _signature_mark(lines)) is not None:
        end = mark
    while end and (DELIMITER.match(lines[end - 1]) or is_device_note(lines[end - 1])):
        end -= 1
    return lines[:end], lines[end:]


def _signature_mark(lines: list[str]) -> int | None:
    """The first mark with no more than a signature's lines below it, outside of fenced code."""
    found, below, fences = None, 0, 0
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        fences += line.startswith("```")
        if SIGNATURE.match(line) and fences % 2 == 0:
            found = number
        below += bool(line)
        if below > LONGEST_SIGNATURE:
            break
    return found


def is_device_note(line: str) -> bool:
    return len(line) <= LONGEST_DEVICE and bool(DEVICE.match(line))


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
