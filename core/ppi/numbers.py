"""SSNs, birth dates and phone numbers, by what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from core.ppi.findings import Finding, Kind
from core.ppi.text import Text
from core.ppi.vocabulary import CLIENT

# --- SSN -----------------------------------------------------------------------------------------

DASH = r"-\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d"
BREAK = r"[ \t]?\r?\n[ \t>]{0,4}"
SEP = rf"(?:[ \t]?[{DASH}]{BREAK}|[ \t]?[{DASH}._ ][ \t]?)"
SSN_WORDS = (
    r"(?:\bssns?(?![a-z])|\bs[. ]{1,2}s[. ]{1,2}n\b\.?|\bss ?[#:]|\bss ?no\b|\bsocial security\b|\bsoc\.? ?sec\.?"
    r"|\bsoc ?[#:]|\bsocials?\b|\bseguro social\b)"
)
# Beside a word the digits may be parted as those of a date or an amount are, or stand one by one.
SSN_DIGITS = (
    rf"(?:\d{{3}}(?:{SEP}|{BREAK})?\d{{2}}(?:{SEP}|{BREAK})?\d{{4}}"
    rf"|\d{{3}}[ \t]{{0,2}}(?P<mark>[/,_])[ \t]{{0,2}}\d\d[ \t]{{0,2}}(?P=mark)[ \t]{{0,2}}\d{{4}}"
    rf"|\d(?:[{DASH}._/ \t]{{1,4}}+\d){{8}}(?![ -]\d))"
)
SSN_SPLIT = re.compile(rf"(?<![\w#/.=-])(\d{{3}}){SEP}(\d{{2}}){SEP}(\d{{4}})(?![\w]|[-/.]\d)")
SSN_MASKED = re.compile(rf"(?<!\w)[x*#]{{3}}{SEP}?[x*#]{{2}}{SEP}?(\d{{4}})(?!\w)")
SSN_SAID = re.compile(
    rf"{SSN_WORDS}(?:[^\n\d]{{0,40}}+(?<![\w-])|[ \t]{{0,3}}[:#=-]?{BREAK}|[{DASH}._/]{{0,2}})({SSN_DIGITS})(?!\w)"
)
SSN_AFTER = re.compile(
    rf"(?<![\w#-])({SSN_DIGITS})[ \t]{{0,2}}[(,:-]?[ \t]{{0,2}}(?:is (?:the |her |his |their )?)?{SSN_WORDS}"
)
SSN_LAST_FOUR = re.compile(
    rf"(?:{SSN_WORDS}(?=[^\n\d]{{0,60}}+\d)[^\n\d]{{0,25}}?"
    r"\b(?:end(?:s|ing)?(?: in| with)?|last (?:4|four)(?: digits)?)"
    rf"|\blast (?:4|four)(?: digits)?(?: of)?(?: the| her| his| their)? {SSN_WORDS})"
    r"[^\n\d]{0,15}+(?<!\w)(\d{4})(?!\w)"
)


def ssns(text: Text) -> Iterator[Finding]:
    for match in SSN_SPLIT.finditer(text.lowered):
        if _could_be_ssn(*match.groups()):
            yield Finding(match.start(), match.end(), Kind.SSN)
    if text.has_any(("ss", "soc", "seguro", "s.s", "s. s", "s s")):
        for pattern in (SSN_SAID, SSN_AFTER, SSN_LAST_FOUR):
            yield from (Finding(*match.span(1), Kind.SSN) for match in pattern.finditer(text.lowered))
    yield from (Finding(*match.span(1), Kind.SSN) for match in SSN_MASKED.finditer(text.lowered))


def _could_be_ssn(area: str, group: str, serial: str) -> bool:
    """Numbers the Social Security Administration never gives are somebody's example, or another number."""
    return int(area) not in (0, 666) and int(area) < 900 and int(group) != 0 and int(serial) != 0


# --- birth dates ---------------------------------------------------------------------------------

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATE = (
    rf"(?:\d{{4}}[{DASH}/._]\d{{1,2}}[{DASH}/._]\d{{1,2}}"
    rf"|\d{{1,2}}[ ]?[{DASH}/._][ ]?\d{{1,2}}[ ]?[{DASH}/._][ ]?(?:\d{{4}}|\d{{2}})"
    r"|\d{1,2} \d{1,2} (?:19|20)\d\d"
    r"|(?:0[1-9]|1[0-2])[0-3]\d(?:19|20)\d\d"
    rf"|{MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? (?:of )?\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{MONTHS}[ -,]{{1,2}}\d{{4}}"
    rf"|{MONTHS},? \d{{4}})"
)
BIRTH = (
    r"(?:\bd\.? ?o\.? ?b(?![a-z])\.?|\bdate of birth\b|\bbirth ?dates?\b|\bbirthdays?\b|\bb-?days?\b|\bborn\b"
    r"|\bfecha de nacimiento\b|\bnacid[oa]\b|\bnaci[oó]\b|\bdate de naissance\b)"
)
FILLER = (
    r"(?:[ \t\u00a0]{0,3}(?:[:=(,;#*_\u2013\u2014>\"'-]|\r?\n"
    r"|(?:is|was|are|on|of|as|the|be|to|from|for|in|not|should|shows?|showing|says|said|reads|listed|recorded|entered"
    r"|changed from|changed to|corrected to|updated to|client(?:'s|\u2019s)?|his|her|their|el|es"
    r"|child|baby|son|daughter|file|record"
    r"|correct|actual|real|right|wrong|true)\b)){0,6}[ \t\u00a0]{0,3}"
)
BIRTH_THEN_DATE = re.compile(rf"{BIRTH}{FILLER}(?:(?<![\w/])|(?<=dob))({DATE})(?!\w)")
AND_DATE = re.compile(
    r"[ \t]?(?:,|not|to|and|or|instead of|rather than|but)[ \t](?:it should be |should be |it is |is |not )?"
    rf"({DATE})(?!\w)"
)
DATE_THEN_BIRTH = re.compile(
    rf"(?<![\w/-])({DATE})[ \t]{{0,2}}[(\[,-]?[ \t]{{0,2}}"
    r"(?:as |is |was |for )?(?:the |his |her |their )?(?:client(?:'s|\u2019s)? )?"
    r"(?:d\.?o\.?b\b|date of birth\b|birth ?date\b|birthday\b)"
)
BIRTH_HINTS = ("birth", "born", "b-day", "bday", "naci", "naissance")
DOB = re.compile(r"\bd\.? ?o\.? ?b")


def birth_dates(text: Text) -> Iterator[Finding]:
    lowered = text.lowered
    if not text.has_any(BIRTH_HINTS) and not DOB.search(lowered):
        return
    for match in BIRTH_THEN_DATE.finditer(lowered):
        yield Finding(*match.span(1), Kind.BIRTH_DATE)
        if other := AND_DATE.match(lowered, match.end(1)):
            yield Finding(*other.span(1), Kind.BIRTH_DATE)
    yield from (Finding(*match.span(1), Kind.BIRTH_DATE) for match in DATE_THEN_BIRTH.finditer(lowered))


# --- phones --------------------------------------------------------------------------------------

PHONE_OF_CLIENT = re.compile(
    rf"(?:(?:{CLIENT}|\b(?:his|her|their))(?=[^\n\d]{{0,80}}+\d)[^\n\d]{{0,30}}?"
    r"\b(?:phone|cell|mobile|telephone|tel|number|call|text|reach)"
    rf"|\b(?:phone|cell|mobile|telephone)(?: number| no)? (?:of|for) {CLIENT}"
    rf"|\b(?:call|text|reach|ring) {CLIENT}(?: back)? (?:at|on))(?=[^\n\d]{{0,40}}+\d)[^\n\d]{{0,30}}?"
    rf"(?<![\w#-])(\+?1?[{DASH} .]?\(?\d{{3}}\)?[{DASH} ./]{{0,2}}\d{{3}}[{DASH} ./_]?\d{{4}})(?![\w-])"
)
PHONE_HINTS = ("phone", "cell", "mobile", "tel", "number", "call", "text", "reach")


def phones(text: Text) -> Iterator[Finding]:
    if not text.has_any(PHONE_HINTS):
        return
    for match in PHONE_OF_CLIENT.finditer(text.lowered):
        if _is_phone(match.group(1)):
            yield Finding(*match.span(1), Kind.PHONE)


def _is_phone(digits: str) -> bool:
    """The pattern itself asks for what a number of this country has; another country's code is looked up."""
    if digits[0] != "+" or digits[1] == "1":
        return True
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(digits))
    except phonenumbers.NumberParseException:
        return False
