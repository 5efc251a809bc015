"""Attendance reports as the conferencing products write them; people and meetings are invented."""

from __future__ import annotations

import codecs

ZOOM_OLD = """\
Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
812 3456 7890,Refresher,12/02/2026 05:50:00 PM,12/02/2026 08:05:00 PM,theo@lead.test,135,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent
{rows}
"""
ZOOM_NEW = """\
Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,Recording disclaimer response,In waiting room
{rows}
"""
ZOOM_TOTALS = """\
Name (original name),Email,Total duration (minutes),Guest
{rows}
"""
WEBINAR = """\
Attendee Report
Report Generated:,"Dec 03, 2026 09:00:00"
Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered
Refresher,812 3456 7890,"Dec 02, 2026 17:58:00",125,3
Host Details
Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes),Is Guest,Country/Region Name
Yes,Theo Marsh,theo@lead.test,"Dec 02, 2026 17:50:00","Dec 02, 2026 20:05:00",135,No,United States
Attendee Details
Attended,User Name (Original Name),First Name,Last Name,Email,Phone,Registration Time,Approval Status,Join Time,\
Leave Time,Time in Session (minutes),Is Guest,Country/Region Name
{rows}
"""
TEAMS_OLD = "Full Name\tUser Action\tTimestamp\n{rows}\n"
TEAMS_NEW = """\
1. Summary
Meeting title\tRefresher
Attended participants\t2
Start time\t{start}
End time\t{end}

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
{people}

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
{rows}
"""
TEAMS_DE = """\
1. Zusammenfassung
Titel der Besprechung\tAuffrischung
Startzeit\t02.12.26, 17:58:00
Endzeit\t02.12.26, 20:04:00

2. Teilnehmer
Name\tErster Beitritt\tLetztes Verlassen\tDauer der Teilnahme\tE-Mail\tTeilnehmer-ID (UPN)\tRolle
{people}

3. Aktivitäten in der Besprechung
Name\tBeitrittszeit\tAustrittszeit\tDauer\tE-Mail\tRolle
{rows}
"""
MEET = "First name,Last name,Email,Duration,Time joined,Time exited\n{rows}\n"


def utf16(text: str, *, big: bool = False, mark: bool = True) -> bytes:
    """As Teams saves it."""
    body = text.encode("utf-16-be" if big else "utf-16-le")
    return (codecs.BOM_UTF16_BE if big else codecs.BOM_UTF16_LE) * mark + body
