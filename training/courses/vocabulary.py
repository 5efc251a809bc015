"""What a course can be, and which obligations of a manual it can meet. Closed lists: a pack names the same codes."""

from __future__ import annotations

from enum import StrEnum


class CourseKind(StrEnum):
    """How it is taken. MATERIAL is a video or a document, with a test where the version has one.

    SERIES stands for a whole series and is made with it: nobody takes it by itself.
    """

    MATERIAL = "material"
    LIVE = "live"
    AGREEMENT = "agreement"
    PRACTICE = "practice-case"
    MEETING = "meeting"
    SERIES = "series"


class CourseState(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"
    RETIRED = "retired"


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class Credit(StrEnum):
    """What its completion counts for, in the packs' own codes: parts of a series, of recertification, of a cycle.

    SECURITY and below are counted by the year; a course may carry several.
    """

    NEW_USER_SERIES = "new-user-series"
    USER_AGREEMENT = "user-agreement"
    SECURITY_AND_PRIVACY = "security-and-privacy"
    DATA_STANDARDS = "data-standards"
    SOFTWARE_BASICS = "software-basics"
    PRACTICE_CASES = "practice-cases"
    ORIENTATION = "orientation"
    SOFTWARE = "software"
    CONFIDENTIALITY_AND_PRIVACY = "confidentiality-and-privacy"
    DATA_SECURITY = "data-security"
    SECURITY = "security"
    GENERAL = "general"
    REPORTING = "reporting"
    MEETING = "meeting"


class How(StrEnum):
    """What a completion rests on."""

    TEST = "test"
    READ = "read"
    ATTENDANCE = "attendance"
    SIGNED = "signed"
    PRACTICE = "practice"
    SERIES = "series"
    RECORDED = "recorded"
