"""Finds a client's personal data in text and in file names, and masks it (MO-HD-5). Pure.

It works by context, because the mails of an HMIS office are full of dates, numbers and names that
belong to nobody's record. What counts:

- an SSN: three, two and four digits with separators; nine bare digits or the last four only beside a
  word that says so;
- a birth date: a date beside a word of birth; a deadline or a service date is not one;
- a client's name: beside "client", "participant", "head of household" and the like, or directly before
  a birth date or an SSN; any other name is a colleague's. HMIS client IDs are how a client may be named;
- a phone number: only one said to be the client's; a caseworker's signature is theirs to send;
- a picture of an ID, by its file name.

Each pattern begins with a fixed word or a digit and has bounded repeats, so that reading is linear in
the length of the text, whatever somebody sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers


class Kind(StrEnum):
    SSN = "ssn"
    BIRTH_DATE = "birth-date"
    NAME = "name"
    PHONE = "phone"
    ID_IMAGE = "id-image"


LABELS = {
    Kind.SSN: "SSN",
    Kind.BIRTH_DATE: "birth date",
    Kind.NAME: "name",
    Kind.PHONE: "phone number",
    Kind.ID_IMAGE: "ID document",
}


@dataclass(frozen=True, order=True)
class Finding:
    """`start` and `end` as in a slice of the text."""

    start: int
    end: int
    kind: Kind

    @property
    def label(self) -> str:
        return LABELS[self.kind]


@dataclass(frozen=True)
class Segment:
    """A piece of the text; `finding` says that it is to be shown as a chip and not as itself."""

    text: str
    finding: Finding | None = None


def find(text: str) -> list[Finding]:
    """What looks like a client's personal data, in order, without overlaps."""
    lowered = text.lower()
    numbers = [*_ssns(text, lowered), *_birth_dates(text, lowered)]
    said = [*_names(text, lowered), *_names_before(text, numbers), *_phones(text, lowered), *_id_images(text, lowered)]
    return _apart([*numbers, *said])


def _has_any(lowered: str, words: Iterable[str]) -> bool:
    """Looked up before a pattern is tried, which takes a hundred times longer."""
    return any(word in lowered for word in words)


def mask(text: str) -> str:
    """The text with "[SSN hidden]" and the like in place of each finding."""
    return "".join(f"[{s.finding.label} hidden]" if s.finding else s.text for s in segments(text))


def segments(text: str) -> list[Segment]:
    """The text cut at its findings, for a page that shows each as a chip."""
    pieces, at = [], 0
    for finding in find(text):
        if finding.start > at:
            pieces.append(Segment(text[at : finding.start]))
        pieces.append(Segment(text[finding.start : finding.end], finding))
        at = finding.end
    if at < len(text):
        pieces.append(Segment(text[at:]))
    return pieces


def find_in_names(filenames: Iterable[str]) -> dict[str, list[Finding]]:
    """File names that give a client away: "ssn card.jpg", "client Jane Doe roi.pdf"; only those."""
    found = {name: _in_name(name) for name in filenames}
    return {name: findings for name, findings in found.items() if findings}


def _apart(findings: list[Finding]) -> list[Finding]:
    """In order; of two that overlap, one that covers both, with the kind of the first."""
    merged: list[Finding] = []
    for finding in sorted(findings):
        if merged and finding.start < merged[-1].end:
            last = merged.pop()
            merged.append(Finding(last.start, max(last.end, finding.end), last.kind))
        else:
            merged.append(finding)
    return merged


# --- SSN -----------------------------------------------------------------------------------------

SEP = r"[ \t]?[-\u2010-\u2015\u2212. \u00a0][ \t]?"
SSN_WORDS = r"(?:\bssns?\b|\bss ?#|\bss ?no\b|\bsocial security\b|\bsoc\.? ?sec\.?|\bsocials?\b|\bseguro social\b)"
SSN_SPLIT = re.compile(rf"(?<![\w#/.=-])(\d{{3}}){SEP}(\d{{2}}){SEP}(\d{{4}})(?![\w]|[-/.]\d)")
SSN_MASKED = re.compile(rf"(?<!\w)[xX*#]{{3}}{SEP}?[xX*#]{{2}}{SEP}?(\d{{4}})(?!\w)")
SSN_SAID = re.compile(
    rf"{SSN_WORDS}[^\n\d]{{0,40}}?(?<![\w-])(\d{{3}}(?:{SEP})?\d{{2}}(?:{SEP})?\d{{4}})(?!\w)", re.IGNORECASE
)
SSN_AFTER = re.compile(
    rf"(?<![\w#-])(\d{{9}})[ \t]{{0,2}}[(,:-]?[ \t]{{0,2}}(?:is (?:the |her |his |their )?)?{SSN_WORDS}", re.IGNORECASE
)
SSN_LAST_FOUR = re.compile(
    rf"(?:{SSN_WORDS}[^\n\d]{{0,25}}?\b(?:end(?:s|ing)?(?: in| with)?|last (?:4|four)(?: digits)?)"
    rf"|\blast (?:4|four)(?: digits)?(?: of)?(?: the| her| his| their)? {SSN_WORDS})"
    r"[^\n\d]{0,15}?(?<!\w)(\d{4})(?!\w)",
    re.IGNORECASE,
)


def _ssns(text: str, lowered: str) -> Iterator[Finding]:
    for match in SSN_SPLIT.finditer(text):
        if _could_be_ssn(*match.groups()):
            yield Finding(*match.span(), Kind.SSN)
    if _has_any(lowered, ("ss", "soc", "seguro")):
        for pattern in (SSN_SAID, SSN_AFTER, SSN_LAST_FOUR):
            yield from (Finding(*match.span(1), Kind.SSN) for match in pattern.finditer(text))
    yield from (Finding(*match.span(1), Kind.SSN) for match in SSN_MASKED.finditer(text))


def _could_be_ssn(area: str, group: str, serial: str) -> bool:
    """Numbers the Social Security Administration never gives are somebody's example, or another number."""
    return int(area) not in (0, 666) and int(area) < 900 and int(group) != 0 and int(serial) != 0


# --- birth dates ---------------------------------------------------------------------------------

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}[ ]?[-/.][ ]?\d{1,2}[ ]?[-/.][ ]?(?:\d{4}|\d{2})"
    r"|(?:0[1-9]|1[0-2])[0-3]\d(?:19|20)\d\d"
    rf"|{MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? (?:of )?\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{MONTHS}[ -,]{{1,2}}\d{{4}}"
    rf"|{MONTHS},? \d{{4}})"
)
BIRTH = (
    r"(?:\bd\.? ?o\.? ?b\b\.?|\bdate of birth\b|\bbirth ?dates?\b|\bbirthdays?\b|\bb-?days?\b|\bborn\b"
    r"|\bfecha de nacimiento\b|\bnacid[oa]\b|\bnaci[oó]\b|\bdate de naissance\b)"
)
FILLER = (
    r"(?:[ \t\u00a0]{0,3}(?:[:=(,;#*_\u2013\u2014>\"'-]|\r?\n"
    r"|(?:is|was|are|on|of|as|the|be|to|from|for|in|not|should|shows?|showing|says|said|reads|listed|recorded|entered"
    r"|changed from|changed to|corrected to|updated to|client(?:'s|\u2019s)?|his|her|their|el|es"
    r"|correct|actual|real|right|wrong|true)\b)){0,6}[ \t\u00a0]{0,3}"
)
BIRTH_THEN_DATE = re.compile(rf"{BIRTH}{FILLER}(?<![\w/])({DATE})(?!\w)", re.IGNORECASE)
AND_DATE = re.compile(
    r"[ \t]?(?:,|not|to|and|or|instead of|rather than|but)[ \t](?:it should be |should be |it is |is |not )?"
    rf"({DATE})(?!\w)",
    re.IGNORECASE,
)
DATE_THEN_BIRTH = re.compile(
    rf"(?<![\w/-])({DATE})[ \t]{{0,2}}[(\[,-]?[ \t]{{0,2}}"
    r"(?:as |is |was |for )?(?:the |his |her |their )?(?:client(?:'s|\u2019s)? )?"
    r"(?:d\.?o\.?b\b|date of birth\b|birth ?date\b|birthday\b)",
    re.IGNORECASE,
)


BIRTH_HINTS = ("birth", "born", "b-day", "bday", "nacimiento", "nacid", "naci", "naissance")
DOB = re.compile(r"\bd\.? ?o\.? ?b")


def _birth_dates(text: str, lowered: str) -> Iterator[Finding]:
    if not _has_any(lowered, BIRTH_HINTS) and not DOB.search(lowered):
        return
    for match in BIRTH_THEN_DATE.finditer(text):
        yield Finding(*match.span(1), Kind.BIRTH_DATE)
        if other := AND_DATE.match(text, match.end(1)):
            yield Finding(*other.span(1), Kind.BIRTH_DATE)
    yield from (Finding(*match.span(1), Kind.BIRTH_DATE) for match in DATE_THEN_BIRTH.finditer(text))


# --- names ---------------------------------------------------------------------------------------

CLIENT = (
    r"\b(?:(?:my |our |the |this |a |new |another )?"
    r"(?:clients?|clts?|participants?|consumers?|tenants?|guests?|patients?|applicants?)"
    r"|head of household|heads of household|hoh|household members?|survivors?)\b(?:'s|\u2019s)?"
)
NAME_SAID = re.compile(
    rf"(?i:{CLIENT}(?:[ ](?:full |legal |first |last |real |preferred )?names?\b(?:[ ]?(?:is|was|are|:|=|-))?"
    r"|[ ]?,?[ ](?:named|called|by the name of|is called))"
    r"|\bnames? of (?:the |my |our |this )?client(?:[ ]?(?:is|was|:|=|-))?)"
    r"[ \t]{0,2}[:\u2013\u2014\"'(-]?[ \t]{0,2}(?=[^\W\d_])"
)
NAME_BESIDE = re.compile(
    rf"(?i:{CLIENT})[ \t]{{0,2}}(?:[:,\u2013\u2014\"'(#/-][ \t]{{0,2}}|(?i:is |was )|[ \t]|\r?\n)(?=[^\W\d_])"
)
NAME_LABEL = re.compile(
    r"(?im:^[ \t>*]{0,4}(?:client|participant|guest|hoh)(?:'s|\u2019s)?[ ]names?[ \t]{0,3}[:=][ \t]{0,3})(?=[^\W\d_])"
)
WORD = r"[^\W\d_](?:[^\W\d_]|['\u2019.-](?=[^\W\d_])){0,30}\.?"
WORDS = re.compile(rf"({WORD})(?:(,)?[ \t]({WORD}))?(?:[ \t]({WORD}))?(?:[ \t]({WORD}))?")
AND_NAME = re.compile(r"(?:[ ]?,|[ ]?&|[ ]and|[ ]or|[ ]y)[ ](?=[^\W\d_])")
TITLES = frozenset(["mr", "mrs", "ms", "mx", "miss", "dr", "sr", "sra"])
PARTICLES = frozenset(
    ["de", "del", "la", "las", "los", "van", "von", "der", "den", "bin", "al", "el", "da", "di", "du", "st", "mc"]
)

NOT_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
    a about access account action activity address administrator adult advocate after agencies agency agreement aid
    all also an and annual any app application applied are area as ask assessment assessments assistance assistant
    at attached attachment audit authorization awaiting basic be bed before being best billing board boise box but
    by call can cannot care case caseworker center central centre change chronic chronically city clarity client
    clientpoint clients clienttrack closed coc code community complaint con consent contact contacts continuum
    control coordinated coordinator correction could county court criteria current custody customer daily dashboard
    data database date day days deactivate deadline dear deceased declined delete demographic demographics
    department desk details development did director disability disabling document documents does domestic doubled
    due duplicate education eligibility eligible email emergency employment end ending engagement enrolled
    enrollment enrollments enrolment entered entries entry error est exit exited exits explain export families
    family february federal feedback field fields file files final follow for form forms fri friday from full fund
    funding general group guide has have he head health hello help her hers hi his history hmis hoh home homeless
    homelessness hotel house household households housing how however hud i id identification identifier ids if
    image import in inactive income info information informed intake interim intervention is issue issues it its
    january journey july june just know last law lead legal letter level license list living local location locked
    log logs lookup lunch management manager march master match matching may me medicaid member members merge merged
    message missing mission missouri mo mode module mon monday monthly move my name names national navigation
    navigator need needs new next no non none not note notes notice november now number numbers of office on one
    only open option or order organization our out outcomes outreach overview own packet page partner password pay
    payment per permanent person phone photo place placement plan please pm point policies policy population portal
    prior privacy private process profile profiles program programs progress project projects protected protection
    provider providers quality question questions queue race rapid re read ready record records rect referral
    referrals refund refused registration rehousing relations release rent report reporting reports representative
    request requests residence resident response responsibility retention review right rights roi room roster
    sacramento safe saint sat satisfaction saturday save school screen search section security see self september
    served server service services session sharing she shelter shelters should show shows since sincerely site
    social sonoma specialist ssn staff standard standards state status stay still street sub success summary sun
    sunday supervisor support supportive survey system team test testing thank thanks that the their there these
    they this thu thursday ticket time to today token total track tracking trainer training transfer transitional
    transportation tue tuesday two type under unit universal unknown until up update updated updates upload us user
    users utilities vendor verification vermont version veteran veterans view violence visit volunteer voucher
    waitlist was we wed wednesday week welfare were what when where which who why will with work worker workflow
    would year years yes you young your youth
    """,
    )
)


CLIENT_HINTS = (
    *(
        "client",
        "clt",
        "participant",
        "consumer",
        "tenant",
        "guest",
        "patient",
        "applicant",
        "head",
        "hoh",
        "household",
    ),
    "survivor",
)


def _names(text: str, lowered: str) -> Iterator[Finding]:
    if not _has_any(lowered, CLIENT_HINTS):
        return
    for pattern, told in ((NAME_SAID, True), (NAME_BESIDE, False), (NAME_LABEL, True)):
        for match in pattern.finditer(text):
            yield from _names_from(text, match.end(), told, text[match.end() - 2 : match.end()].strip(" \t(\"'") == ":")


def _names_from(text: str, at: int, told: bool, colon: bool) -> Iterator[Finding]:
    """The name that begins here, and those joined to it: "client Ann Lee and Bo Diaz"."""
    for _ in range(6):
        end = _name_end(text, at, told, colon)
        if end is None:
            return
        yield Finding(at, end, Kind.NAME)
        joined = AND_NAME.match(text, end)
        if joined is None:
            return
        at, colon = joined.end(), False


def _name_end(text: str, at: int, told: bool, colon: bool) -> int | None:
    """Where the name ends that begins at `at`; None when these are other words.

    `told` is after "client's name is", where one capitalised word is enough; `colon` after
    "client name:", where people write without capitals.
    """
    match = WORDS.match(text, at)
    if match is None:
        return None
    first, comma, *rest = match.groups()
    parts = [(first, match.end(1))] + [(word, match.end(n)) for n, word in zip((3, 4, 5), rest, strict=True) if word]
    taken = _leading_names(parts, anycase=told and colon)
    bare = [word for word, _ in parts[:taken] if word.rstrip(".").casefold() not in TITLES]
    enough = 1 if told or len(bare) < taken else 2
    if comma and taken >= 2 and not told and not colon and len(bare) < 2:
        return None
    if len(bare) < enough or (len(bare) == 1 and len(bare[0].rstrip(".")) == 1 and not told):
        return None
    return parts[taken - 1][1] - (1 if _ends_sentence(parts[taken - 1][0]) else 0)


def _leading_names(parts: list[tuple[str, int]], *, anycase: bool) -> int:
    """How many words from the start can be parts of a name; a particle counts only before another part."""
    taken = 0
    for position, (word, _) in enumerate(parts):
        bare = word.rstrip(".").casefold()
        if bare in PARTICLES and position:
            continue
        if bare in NOT_NAMES or not (anycase or word[0].isupper()):
            break
        taken = position + 1
        if position and word.endswith(".") and len(bare) > 2:
            break
    return taken


def _ends_sentence(word: str) -> bool:
    return word.endswith(".") and len(word) > 2 and word.rstrip(".").casefold() not in TITLES


NAME_BEFORE = re.compile(
    rf"(?:^|(?<=[\s:(>*]))({WORD}[ ](?:{WORD}[ ])??{WORD})[ ,;:(*-]{{1,3}}"
    r"(?i:(?:is |was )?(?:d\.?o\.?b\.?|date of birth|born|ssn|ss#|social security(?: number)?|birth ?date)"
    r"[ :=#]{0,3}(?:on |is |was )?)?\Z"
)
REACH = 90


def _names_before(text: str, numbers: list[Finding]) -> Iterator[Finding]:
    """A name directly before a birth date or an SSN: "Jane Doe, DOB 1/2/1980"."""
    last = 0
    for number in sorted(numbers):
        line, last = max(last, _line_before(text, number.start, REACH)), number.end
        match = NAME_BEFORE.search(text, line, number.start)
        if match:
            words = match.group(1).split(" ")
            keep = _trailing_names(words)
            if keep >= 2:
                start = match.end(1) - len(" ".join(words[-keep:]))
                yield Finding(start, match.end(1), Kind.NAME)


def _line_before(text: str, at: int, reach: int) -> int:
    """Where the line that holds `at` begins, or `reach` characters back in a longer one."""
    first = max(0, at - reach)
    return max(text.rfind("\n", first, at) + 1, first)


def _trailing_names(words: list[str]) -> int:
    keep = 0
    for word in reversed(words):
        if word.rstrip(".").casefold() in NOT_NAMES or not word[0].isupper():
            break
        keep += 1
    return keep


# --- phones --------------------------------------------------------------------------------------

PHONE_OF_CLIENT = re.compile(
    rf"(?:(?:{CLIENT}|\b(?:his|her|their))[^\n\d]{{0,30}}?\b(?:phone|cell|mobile|telephone|tel|number|call|text|reach)"
    rf"|\b(?:phone|cell|mobile|telephone)(?: number| no)? (?:of|for) {CLIENT})[^\n\d]{{0,30}}?"
    r"(?<![\w#-])(\+?1?[ .-]?\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]?\d{4})(?![\w-])",
    re.IGNORECASE,
)


PHONE_HINTS = ("phone", "cell", "mobile", "tel", "number", "call", "text", "reach")


def _phones(text: str, lowered: str) -> Iterator[Finding]:
    if not _has_any(lowered, PHONE_HINTS):
        return
    for match in PHONE_OF_CLIENT.finditer(text):
        if _is_phone(match.group(1)):
            yield Finding(*match.span(1), Kind.PHONE)


def _is_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(digits, "US"))
    except phonenumbers.NumberParseException:
        return False


# --- pictures of IDs -----------------------------------------------------------------------------

ENDING = re.compile(r"\.(?:jpe?g|png|gif|heic|webp|tiff?|bmp|pdf|docx?)\b", re.IGNORECASE)
ID_WORDS = re.compile(
    r"\b(?:ssn|ss ?card|ssc|soc(?:ial)? ?sec(?:urity)?(?: card)?|birth ?cert(?:ificate)?"
    r"|driver'?s? ?lic(?:en[sc]e)?|drv lic|dl|state ?id|photo ?id|picture ?id"
    r"|client ?id ?(?:card|photo|pic|picture|scan|front|back)|id ?card|id ?(?:front|back|scan|copy|photo)"
    r"|passport|green ?card|(?:permanent )?resident card|tribal id|military id|dd ?214|medicaid card|medicare card"
    r"|dob)\b",
    re.IGNORECASE,
)
LONGEST_ID_NAME = 40
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")


def _in_name(name: str) -> list[Finding]:
    """A name is read as words; offsets are then the whole name's, because the words moved."""
    words = CAMEL.sub(" ", re.sub(r"[_+.()\[\]-]+", " ", name[:300]))
    spaced = re.sub(r"[_+]", " ", name[:300])
    kinds = [Kind.ID_IMAGE] if ID_WORDS.search(words) else []
    for text in (words, spaced):
        lowered = text.lower()
        kinds += [f.kind for f in (*_ssns(text, lowered), *_birth_dates(text, lowered), *_names(text, lowered))]
    return [Finding(0, len(name), kind) for kind in dict.fromkeys(kinds)]


ID_HINTS = ("ss", "soc", "birth", "lic", "dl", "id", "passport", "card", "214", "dob")


def _id_images(text: str, lowered: str) -> Iterator[Finding]:
    """File names of ID pictures that are mentioned in the text."""
    if not _has_any(lowered, ID_HINTS):
        return
    for match in ENDING.finditer(text):
        line = _line_before(text, match.start(), LONGEST_ID_NAME)
        name = text[line : match.end()]
        words = CAMEL.sub(" ", re.sub(r"[_+.-]", " ", name))
        if ID_WORDS.search(words):
            first = name.rfind(" ", 0, len(name) - len(match.group())) + 1
            yield Finding(line + first, match.end(), Kind.ID_IMAGE)
