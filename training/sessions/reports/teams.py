"""Microsoft Teams: tab-separated, in the organizer's language. Until 2022 one row for each joining and each leaving;
since then sections, of which the third has one row for each stay."""

from __future__ import annotations

import re
from collections.abc import Callable

from training.sessions.reports.reading import LOOKED_AT, Table, column, is_blank, told, word
from training.sessions.reports.report import Product, Raw, ReportProblem, Said, Sort
from training.sessions.reports.times import seconds_if_readable, stamp

FULL_NAME = ("full name", "vollständiger name", "nombre completo", "nom complet")
ACTION = (
    "user action", "benutzeraktion", "acción del usuario", "acción de usuario", "action de l'utilisateur",
    "action utilisateur",
)  # fmt: skip
TIMESTAMP = ("timestamp", "zeitstempel", "marca de tiempo", "horodatage", "horodateur")
CAME = ("join", "beigetreten", "beitritt", "unió", "unido", "unirse", "incorpor", "rejoin")
WENT = ("left", "leave", "verlassen", "abandon", "salió", "salir", "quitt", "parti")

NAME = ("name", *FULL_NAME, "nombre", "nom")
JOIN = (
    "join time", "beitrittszeit", "zeitpunkt des beitritts", "hora de unión", "hora de incorporación",
    "heure de participation", "heure d'arrivée", "heure de connexion", "heure de jonction",
)  # fmt: skip
LEAVE = (
    "leave time", "austrittszeit", "zeitpunkt des verlassens", "verlassenszeit", "hora de salida", "hora de abandono",
    "heure de départ", "heure de sortie",
)  # fmt: skip
DURATION = ("duration", "dauer", "duración", "durée")
EMAIL = ("email", "e-mail", "e-mail-adresse", "correo electrónico", "correo", "adresse e-mail", "courriel")
SECTION = re.compile(r"(\d)\.\s")
STAYS = "3"
NO_STAYS = "This report has no list of stays (“3. In-Meeting Activities”), from which alone minutes are counted."


def recognizes(table: Table) -> bool:
    return _is_old(table) or bool(_sections(table))


def read(table: Table) -> Raw:
    return _read_old(table) if _is_old(table) else _read_new(table)


# --- until 2022


def _old_header(table: Table) -> int | None:
    for number, row in enumerate(table.rows[:LOOKED_AT]):
        if column(row, *FULL_NAME) is not None and column(row, *TIMESTAMP) is not None:
            return number
    return None


def _is_old(table: Table) -> bool:
    return _old_header(table) is not None


def _read_old(table: Table) -> Raw:
    number = _old_header(table)
    assert number is not None, "asked before"
    header = table.rows[number]
    name, action, when = (column(header, *names) for names in (FULL_NAME, ACTION, TIMESTAMP))
    if action is None:
        raise ReportProblem(f"The column of joining and leaving is missing: there are {told(header)}.")
    raw, here = Raw(Product.TEAMS, []), dict[str, list[str]]()
    for at in range(number + 1, len(table.rows)):
        if is_blank(table.rows[at]):
            continue
        who, time = table.cell(at, name), table.cell(at, when)
        if _came(table.cell(at, action)):
            here.setdefault(who, []).append(time)
        elif here.get(who):
            raw.rows.append(Said(who, "", Sort.SEGMENT, here[who].pop(), time))
    left_open = [Said(who, "", Sort.OPEN, time) for who, times in here.items() for time in times]
    if left_open:
        raw.rows += left_open
        raw.notes.append(
            "For some people the report has no leaving, as when it is taken while the meeting is still on. They are "
            "taken to have stayed until the end of the session, and what that earns is marked so."
        )
    return raw


def _came(action: str) -> bool:
    said = word(action)
    if any(part in said for part in CAME):
        return True
    if any(part in said for part in WENT):
        return False
    raise ReportProblem(f"“{action[:40]}” is neither a joining nor a leaving that is known here.")


# --- since 2022


def _sections(table: Table) -> dict[str, int]:
    """Where each numbered section begins."""
    found: dict[str, int] = {}
    for number, row in enumerate(table.rows):
        match = SECTION.match(row[0]) if row else None
        if match and not any(row[1:]):
            found.setdefault(match[1], number)
    return found if "2" in found or STAYS in found else {}


def _read_new(table: Table) -> Raw:
    sections = _sections(table)
    if STAYS not in sections:
        raise ReportProblem(NO_STAYS, "Download the attendance report again from Teams; older ones lack the list.")
    at, ends = sections[STAYS] + 1, _end(table, sections)
    while at < ends and is_blank(table.rows[at]):
        at += 1
    rows = [number for number in range(at + 1, ends) if not is_blank(table.rows[number])]
    if at >= ends or not rows:
        raise ReportProblem("The list of stays in this report is empty.", "Was anybody in this meeting?")
    name, join, leave, lasted, email = _columns(table, at, rows)
    raw = Raw(Product.TEAMS, [])
    for number in rows:
        left = table.cell(number, leave)
        sort = Sort.SEGMENT if left else Sort.OPEN
        who, address = table.cell(number, name), table.cell(number, email)
        raw.rows.append(
            Said(who, address, sort, table.cell(number, join), left, seconds_if_readable(table.cell(number, lasted)))
        )
    return raw


def _end(table: Table, sections: dict[str, int]) -> int:
    return min((start for start in sections.values() if start > sections[STAYS]), default=len(table.rows))


def _columns(table: Table, at: int, rows: list[int]) -> tuple[int, int, int, int | None, int | None]:
    """Name, joining, leaving, duration, e-mail: by their headers, else by what stands in them."""
    header = table.rows[at]
    name, join, leave, lasted, email = (column(header, *names) for names in (NAME, JOIN, LEAVE, DURATION, EMAIL))
    if join is None or leave is None:
        timed = [place for place in range(len(header)) if _all(table, rows, place, _is_time)]
        join, leave = timed[:2] if len(timed) == 2 else (None, None)
    if email is None:
        email = next((place for place in range(len(header)) if _all(table, rows, place, _is_address)), None)
    if join is None or leave is None:
        raise ReportProblem(f"The columns of joining and leaving are not known here: there are {told(header)}.")
    return 0 if name is None else name, join, leave, lasted, email


def _all(table: Table, rows: list[int], place: int, test: Callable[[str], bool]) -> bool:
    cells = [cell for number in rows if (cell := table.cell(number, place))]
    return bool(cells) and all(test(cell) for cell in cells)


def _is_time(cell: str) -> bool:
    try:
        found = stamp(cell)
    except ReportProblem:
        return False
    return found.day is not None or found.numbers is not None


def _is_address(cell: str) -> bool:
    return "@" in cell
