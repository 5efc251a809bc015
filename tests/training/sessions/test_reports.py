"""Reading reports: every product, its oddities, and files that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.training.sessions import files
from training.sessions.reports.report import AmbiguousDates, Product, Report, ReportProblem, Sort
from training.sessions.reports.resolving import Window, misses, recognized, resolved
from training.sessions.reports.times import Order, order_of, seconds, stamp

CHICAGO = ZoneInfo("America/Chicago")
SIX, EIGHT = (datetime(2026, 12, 2, hour, tzinfo=CHICAGO) for hour in (18, 20))
EVENING = Window(SIX, EIGHT)
ALL = "12/13/2026"  # a date that only fits the month first


def read(text: str | bytes, order: Order | None = None, window: Window = EVENING, zone: ZoneInfo = CHICAGO) -> Report:
    return resolved(recognized(text.encode() if isinstance(text, str) else text), zone, window, order)


def stays(report: Report) -> list[tuple[str, str, str | None]]:
    """Who, from when to when, as the clocks in Chicago show it."""
    return [(e.name, _local(e.joined) or "", _local(e.left)) for e in report.entries]


def _local(at: datetime | None) -> str | None:
    return at.astimezone(CHICAGO).strftime("%m-%d %H:%M:%S") if at else None


def problem(text: str | bytes) -> str:
    with pytest.raises(ReportProblem) as caught:
        read(text)
    return caught.value.message


# --- Zoom


def test_zoom_segments_with_the_older_headers_and_a_preamble():
    rows = (
        "Erin Doyle,erin@a.test,12/02/2026 05:55:00 PM,12/02/2026 07:00:00 PM,65,No,Y\n"
        '"Ortiz, Sol",,12/02/2026 06:10:00 PM,12/02/2026 08:00:00 PM,110,Yes,'
    )
    found = read(files.ZOOM_OLD.format(rows=rows), Order.MONTH_FIRST)
    assert found.product is Product.ZOOM_MEETING
    assert stays(found) == [
        ("Erin Doyle", "12-02 17:55:00", "12-02 19:00:00"),
        ("Ortiz, Sol", "12-02 18:10:00", "12-02 20:00:00"),
    ]
    assert [e.email for e in found.entries] == ["erin@a.test", ""]


@pytest.mark.parametrize(
    "times",
    [
        "2026-12-02 18:00:00,2026-12-02 20:00:00",
        '"Dec 02, 2026 18:00:00","Dec 2, 2026 20:00:00"',
        "2026-12-03T00:00:00Z,2026-12-03T02:00:00Z",
        "18:00,20:00",
        "6:00 PM,8:00:00 PM",
    ],
)
def test_zoom_segments_with_the_newer_headers_in_the_ways_times_are_written(times):
    rows = f"Erin Doyle,erin@a.test,{times},120,No,,No\nIda Wait,ida@a.test,{times},120,Yes,,Yes"
    found = read(files.ZOOM_NEW.format(rows=rows))
    assert stays(found) == [("Erin Doyle", "12-02 18:00:00", "12-02 20:00:00")]
    assert "1 row is of the waiting room, and no attendance." in found.notes


def test_zoom_totals_prove_nothing():
    found = read(files.ZOOM_TOTALS.format(rows="Erin Doyle,erin@a.test,118,No"))
    (entry,) = found.entries
    assert (entry.sort, entry.joined, entry.seconds) == (Sort.TOTAL, None, 118 * 60)
    assert "totals only" in found.notes[-1]


def test_zoom_totals_with_the_meetings_own_times_of_another_day():
    text = (
        files.ZOOM_OLD.format(rows="").split("\n\n")[0] + "\n\n" + files.ZOOM_TOTALS.format(rows="Erin,e@a.test,9,No")
    )
    raw = recognized(text.encode())
    report = resolved(raw, CHICAGO, EVENING)
    assert misses(report, raw, CHICAGO, EVENING, Order.MONTH_FIRST) == ""
    later = Window(SIX + timedelta(days=3), EIGHT + timedelta(days=3))
    assert "Nobody in it was there" in misses(report, raw, CHICAGO, later, Order.MONTH_FIRST)


def test_a_file_without_times_says_so():
    said = problem("Name (original name),Email,Duration (minutes),Guest\nErin Doyle,erin@a.test,118,No\n")
    assert "says nothing of when people were there" in said


def test_a_webinar_counts_who_attended_and_says_who_did_not():
    rows = (
        'Yes,Erin D (Erin Doyle),Erin,Doyle,erin@a.test,,"Nov 30, 2026 10:00:00",approved,'
        '"Dec 02, 2026 18:01:00","Dec 02, 2026 20:00:00",119,Yes,United States\n'
        'Yes,,Sol,Ortiz,sol@a.test,,"Nov 30, 2026 10:00:00",approved,'
        '"Dec 02, 2026 18:01:00","Dec 02, 2026 18:31:00",30,Yes,United States\n'
        "No,Rosa Lind,Rosa,Lind,rosa@a.test,,,approved,--,--,--,--,--"
    )
    found = read(files.WEBINAR.format(rows=rows))
    assert found.product is Product.ZOOM_WEBINAR
    assert [e.name for e in found.entries] == ["Theo Marsh", "Erin D (Erin Doyle)", "Sol Ortiz"]
    assert "1 of those who registered did not attend." in found.notes


# --- Teams


@pytest.mark.parametrize("how", [{}, {"big": True}, {"mark": False}, {"big": True, "mark": False}])
def test_teams_since_2022_in_every_byte_order(how):
    rows = "Erin Doyle\t12/2/26, 6:05:00 PM\t12/2/26, 8:00:00 PM\t1h 55m\terin@a.test\tPresenter\n" * 2
    text = files.TEAMS_NEW.format(start="12/2/26, 5:58:00 PM", end="12/2/26, 8:04:00 PM", people="", rows=rows)
    found = read(files.utf16(text, **how), Order.MONTH_FIRST)
    assert found.product is Product.TEAMS
    assert stays(found) == [("Erin Doyle", "12-02 18:05:00", "12-02 20:00:00")] * 2, "a row for each stay"


def test_teams_minutes_are_of_the_third_section_and_never_of_the_second():
    people = "Erin Doyle\t12/2/26, 6:00:00 PM\t12/2/26, 8:00:00 PM\t2h\terin@a.test\terin@a.test\tPresenter"
    rows = "Erin Doyle\t12/2/26, 6:00:00 PM\t12/2/26, 6:10:00 PM\t10m\terin@a.test\tPresenter"
    start = {"start": "12/2/26, 5:58:00 PM", "end": "12/2/26, 8:04:00 PM"}
    text = files.TEAMS_NEW.format(**start, people=people, rows=rows)
    assert stays(read(text, Order.MONTH_FIRST)) == [("Erin Doyle", "12-02 18:00:00", "12-02 18:10:00")]
    assert "no list of stays" in problem(text[: text.index("3. In-Meeting")])


@pytest.mark.parametrize(
    ("third", "header"),
    [
        ("3. In-Meeting activities", "Name\tJoin time\tLeave time\tDuration\tEmail\tRole"),
        ("3. Aktivitäten in der Besprechung", "Name\tBeitrittszeit\tAustrittszeit\tDauer\tE-Mail\tRolle"),
        ("3. Actividades en la reunión", "Nombre\tHora de unión\tHora de salida\tDuración\tCorreo electrónico\tRol"),
        ("3. Activités en réunion", "Nom\tHeure d’arrivée\tHeure de départ\tDurée\tAdresse e-mail\tRôle"),
    ],
)
@pytest.mark.parametrize(
    "lasted", ["115 Min. 0 Sek.", "1h 55m 0s", "1 Std. 55 Min.", "1 hora 55 minutos", "1 h 55 min"]
)
def test_teams_in_the_organizers_language(third, header, lasted):
    rows = f"Erin Doyle\t02.12.26, 18:05:00\t02.12.26, 20:00:00\t{lasted}\terin@a.test\tX"
    text = f"1. X\n\n2. X\nName\tX\nErin\tY\n\n{third}\n{header}\n{rows}\n"
    found = read(files.utf16(text), Order.DAY_FIRST)
    assert stays(found) == [("Erin Doyle", "12-02 18:05:00", "12-02 20:00:00")]
    assert (found.entries[0].email, found.entries[0].seconds) == ("erin@a.test", 115 * 60)


def test_teams_in_a_language_unknown_here_is_read_by_what_stands_in_the_columns():
    rows = "Erin Doyle\t2026/12/02 18:05:00\t2026/12/02 20:00:00\t1 時間 55 分\terin@a.test\tX"
    text = f"1. X\n\n2. X\n\n3. 会議でのアクティビティ\n名前\t参加時刻\t退出時刻\t期間\tメール\t役割\n{rows}\n"
    found = read(files.utf16(text))
    assert stays(found) == [("Erin Doyle", "12-02 18:05:00", "12-02 20:00:00")]
    assert found.entries[0].email == "erin@a.test"


def test_teams_columns_that_nobody_knows_are_named():
    text = "1. X\n\n2. X\n\n3. X\nA\tB\tC\nErin\tone\ttwo\n"
    assert problem(text) == "The columns of joining and leaving are not known here: there are “A”, “B”, “C”."


@pytest.mark.parametrize(
    ("header", "came", "went"),
    [
        ("Full Name\tUser Action\tTimestamp", "Joined before", "Left"),
        ("Vollständiger Name\tBenutzeraktion\tZeitstempel", "Beigetreten", "Verlassen"),
        ("Nombre completo\tAcción del usuario\tMarca de tiempo", "Se unió", "Abandonó"),
        ("Nom complet\tAction de l’utilisateur\tHorodatage", "A rejoint", "A quitté"),
    ],
)
def test_teams_until_2022(header, came, went):
    at = "12/2/2026, {} PM".format
    lines = [
        header,
        f"Erin Doyle\t{came}\t{at('6:00:00')}",
        f"Sol Ortiz\t{came}\t{at('6:05:00')}",
        f"Erin Doyle\t{went}\t{at('6:30:00')}",
        f"Erin Doyle\t{came}\t{at('7:00:00')}",
        f"Erin Doyle\t{went}\t{at('8:00:00')}",
    ]
    found = read(files.utf16("\n".join(lines)), Order.MONTH_FIRST)
    assert stays(found) == [
        ("Erin Doyle", "12-02 18:00:00", "12-02 18:30:00"),
        ("Erin Doyle", "12-02 19:00:00", "12-02 20:00:00"),
        ("Sol Ortiz", "12-02 18:05:00", None),
    ]
    assert found.entries[2].sort is Sort.OPEN
    assert "the report has no leaving" in found.notes[-1]


def test_teams_an_action_that_is_not_known_is_named():
    assert "“Waved” is neither" in problem("Full Name\tUser Action\tTimestamp\nErin\tWaved\t12/13/2026, 6:00:00 PM\n")


def test_real_reports_of_teams_where_they_are_at_hand():
    window = Window(*(datetime(2022, 11, 14, 9, m, tzinfo=UTC) for m in (30, 50)))
    for path in (SHARED / "data" / "attendance").glob("teams-2022-*.csv"):
        found = resolved(recognized(path.read_bytes()), ZoneInfo("UTC"), window)
        assert len({e.name for e in found.entries}) == 7
        assert all(e.joined and e.joined.date().isoformat() == "2022-11-14" for e in found.entries)


# --- Meet


def test_meet_has_no_date_and_one_row_for_each_person():
    rows = "Erin,Doyle,erin@a.test,2 hr,5:59 PM,8:00 PM\nSol,Ortiz,sol@a.test,45 min,6:00 PM,8:00 PM"
    found = read(files.MEET.format(rows=rows))
    assert stays(found)[0] == ("Erin Doyle", "12-02 17:59:00", "12-02 20:00:00")
    assert [(e.sort, e.seconds) for e in found.entries] == [(Sort.SEGMENT, 7200), (Sort.SPAN, 2700)]


def test_meet_past_midnight():
    night = Window(datetime(2026, 12, 2, 23, tzinfo=CHICAGO), datetime(2026, 12, 3, 1, tzinfo=CHICAGO))
    rows = "Erin,Doyle,erin@a.test,1 hr 50 min,11:05 PM,12:55 AM\nSol,Ortiz,,40 min,12:10 AM,12:50 AM"
    found = read(files.MEET.format(rows=rows), window=night)
    assert stays(found) == [
        ("Erin Doyle", "12-02 23:05:00", "12-03 00:55:00"),
        ("Sol Ortiz", "12-03 00:10:00", "12-03 00:50:00"),
    ]


# --- dates


@pytest.mark.parametrize("text", ["06.10.26, 18:00", "06/10/26, 18:00:00", "6/10/2026 6:00 PM", "06-10-2026 18:00"])
def test_a_date_that_reads_both_ways_is_asked_about(text):
    with pytest.raises(AmbiguousDates):
        order_of([stamp(text)], None)
    assert {stamp(text).dated(order).isoformat() for order in Order} == {"2026-06-10", "2026-10-06"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["06/10/26, 18:00", "06/13/26, 18:00"], Order.MONTH_FIRST),
        (["06/10/26, 18:00", "14/11/22, 09:29:07"], Order.DAY_FIRST),
        (["7/20/23, 4:16:29 PM"], Order.MONTH_FIRST),
    ],
)
def test_one_date_that_reads_one_way_decides_for_all(texts, order):
    assert order_of([stamp(text) for text in texts], None) is order


def test_dates_that_fit_neither_way_and_an_answer_that_cannot_be():
    with pytest.raises(ReportProblem, match="neither the month first nor the day first"):
        order_of([stamp("13/05/26, 18:00"), stamp("05/13/26, 18:00")], None)
    with pytest.raises(ReportProblem, match="cannot have the month first"):
        order_of([stamp("13/05/26, 18:00")], Order.MONTH_FIRST)
    assert order_of([stamp("11/11/26, 18:00")], None) is Order.MONTH_FIRST, "it does not matter"


def test_the_night_the_clocks_go_back_a_stay_lasts_as_long_as_the_report_says():
    """1:30 AM comes twice on November 7, 2027; from the first to the second is an hour."""
    night = Window(datetime(2027, 11, 6, 23, tzinfo=CHICAGO), datetime(2027, 11, 7, 3, tzinfo=CHICAGO))
    for minutes, first, second in ((60, "06:30", "07:30"), (0, "06:30", "06:30")):
        rows = f"Erin,e@a.test,2027-11-07 01:30:00,2027-11-07 01:30:00,{minutes},No,,No"
        (entry,) = read(files.ZOOM_NEW.format(rows=rows), window=night).entries
        assert [at.astimezone(UTC).strftime("%H:%M") for at in (entry.joined, entry.left) if at] == [first, second]


@settings(deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.integers(0, 20 * 60),
    st.sampled_from(["America/Chicago", "America/Phoenix", "Pacific/Honolulu", "UTC"]),
)
def test_what_is_written_is_read_back(at, minutes, zone):
    """Any stay, written as Zoom does from its instants, is the same stay again."""
    local = ZoneInfo(zone)
    joined = at.replace(microsecond=0, tzinfo=UTC)
    left = joined + timedelta(minutes=minutes)
    written = (f"{one.astimezone(local):%b %d, %Y %H:%M:%S}" for one in (joined, left))
    rows = "Erin,e@a.test,{},{},{},No,,No".format(*(f'"{one}"' for one in written), minutes)
    window = Window(joined, left + timedelta(minutes=1))
    (entry,) = read(files.ZOOM_NEW.format(rows=rows), window=window, zone=local).entries
    assert (entry.joined, entry.left) == (joined, left)


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_durations_in_every_language(h, m, s):
    whole = h * 3600 + m * 60 + s
    for text in (f"{h}h {m}m {s}s", f"{h} Std. {m} Min. {s} Sek.", f"{h} hr {m} min {s} sec", f"{h} h {m} min {s} s"):
        assert seconds(text) == whole


# --- files that are none


def zipped() -> bytes:
    """The same bytes at any time: they stand in tests' names, which all of a run's processes must agree on."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo("x.csv")
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, "0" * 100_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty."),
        (b" \n\n", "This file is empty."),
        (zipped(), "This is an Excel workbook or a ZIP file"),
        (b"%PDF-1.7 ...", "This is a PDF"),
        (b"a,b\n1\0\0\0,2\n" * 3, "This file holds zero bytes"),
        (b"Name,Email\n" + b"x" * 20_001, "Line 2 has 20,001 characters"),
        (b"a\n" * 50_001, "more than 50,000 lines"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (b"Datum,Betrag\n1,2\n", "its first line has “Datum”, “Betrag”"),
        (b"Name (original name),Email,Join time,Leave time\n", "lists nobody"),
        (b"Name (original name),Email,Join time,Leave time\nErin,,soon,later\n", "“soon” is no day and time"),
        (b"Name (original name),Email,Join time,Leave time\nErin,,99/99/2026 18:00,1/1/2026 19:00\n", "neither"),
        (b"Name (original name),Email,Join time,Leave time\nErin,,1/1/2026 29:00,1/1/2026 19:00\n", "no day and time"),
    ],
    ids=str,
)
def test_what_is_no_report_is_refused_in_a_sentence(data, sentence):
    assert sentence in problem(data)


def test_formulas_are_names_like_others():
    rows = "=HYPERLINK(1),e@a.test,2026-12-02 18:00:00,2026-12-02 20:00:00,120,No,,No"
    assert stays(read(files.ZOOM_NEW.format(rows=rows)))[0][0] == "=HYPERLINK(1)"


def answered(data: str | bytes) -> str:
    """The sentence with which it is refused, or that it was read; any other error fails the test."""
    try:
        read(data)
    except ReportProblem as told:
        return told.message
    return "read"


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_the_answer_is_a_sentence(data):
    assert answered(data).endswith((".", "?", "read"))


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=8, max_size=8))
def test_whatever_the_cells_the_answer_is_a_sentence(cells):
    assert answered(files.ZOOM_NEW.format(rows=",".join(cells)))


def test_another_meetings_report_misses_the_session():
    rows = "Erin,e@a.test,2026-12-09 18:00:00,2026-12-09 20:00:00,120,No,,No"
    raw = recognized(files.ZOOM_NEW.format(rows=rows).encode())
    said = misses(resolved(raw, CHICAGO, EVENING), raw, CHICAGO, EVENING, None)
    assert said.startswith("Nobody in it was there during the session: its times are from Dec 9, 2026, 6:00 PM")


@pytest.mark.parametrize(("left", "is_there"), [("18:00:00", False), ("18:00:01", True)])
def test_to_touch_the_beginning_is_not_to_be_there(left, is_there):
    rows = f"Erin,e@a.test,2026-12-02 17:00:00,2026-12-02 {left},60,No,,No"
    raw = recognized(files.ZOOM_NEW.format(rows=rows).encode())
    assert (misses(resolved(raw, CHICAGO, EVENING), raw, CHICAGO, EVENING, None) == "") is is_there
