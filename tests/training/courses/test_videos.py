"""Videos: what is taken for one, how it is served, and what counts as watched."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from core import clock
from tests.conftest import NOON
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.training.courses.acting import (
    TEST,
    answers,
    ask,
    begin,
    completions,
    course,
    made,
    page,
    publish,
    said,
    sitting,
    submit,
    try_test,
    write,
)
from tests.training.courses.films import CAPTIONS, mp4, webm
from training.courses import captions, spans, videos
from training.courses.models import Course
from training.courses.vocabulary import CourseState, How

pytestmark = pytest.mark.usefixtures("app", "at_noon")
MINUTE = 60_000


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def put(client: Any, world: World, row: Course, video: bytes | None = None, words: bytes | None = None) -> TestResponse:
    sent = {"video": (video, "film.mp4"), "captions": (words, "film.vtt")}
    data = {name: (BytesIO(content), called) for name, (content, called) in sent.items() if content is not None}
    return sign_in(client, world.trainer).post(f"/training/courses/{row.id}/draft/video", data=data)


def filmed(client: Any, world: World, seconds: float = 100, tolerance: int = 2, **values: Any) -> Course:
    """An offered course that is a video of so many seconds."""
    row = made(client, world)
    if values:
        ask(client, world.trainer, row, "true-false", "true")
    assert write(client, world.trainer, row, body="", tolerance=str(tolerance), **values).status_code == 302
    assert put(client, world, row, mp4(seconds), CAPTIONS).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    return course(row.id)


def report(client: Any, row: Course, spans_ms: Any, position: Any = 0) -> TestResponse:
    told = json.dumps({"spans": spans_ms, "position": position})
    return client.post(f"/training/learn/{row.id}/watched", data={"report": told})


def watch(client: Any, row: Course, travel: Any, until: int, step: int = 10_000) -> None:
    """The whole time from the beginning, as a player reports it."""
    assert report(client, row, []).status_code == 200
    for at in range(0, until, step):
        end = min(at + step, until)
        travel(clock.now() + timedelta(milliseconds=end - at))
        assert report(client, row, [[at, end]], end).status_code == 200


# ------------------------------------------------------------------ what counts


@pytest.mark.rule("MO-TR-2")
@pytest.mark.parametrize(("until", "is_enough"), [(97_999, False), (98_000, True), (98_001, True)])
def test_all_of_it_less_the_versions_tolerance_must_be_watched(client, world, travel, until, is_enough):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    watch(client, row, travel, until)
    answer = client.post(f"/training/learn/{row.id}/read")
    assert answer.status_code == (302 if is_enough else 409)
    assert [one.how for one in completions(world.end_user, row)] == ([How.READ] if is_enough else [])
    if not is_enough:
        assert "You have watched 97 % of the video; 98 % are needed." in said(answer)


@pytest.mark.rule("MO-TR-2")
def test_the_test_opens_once_the_video_is_watched(client, world, travel):
    row = filmed(client, world, 30, **{**TEST, "draw": "1"})
    begin(client, world.end_user, row)
    assert client.post(f"/training/learn/{row.id}/test").status_code == 409
    watch(client, row, travel, 30_000)
    tried = try_test(client, world.end_user, row)
    submit(client, world.end_user, tried, answers(tried))
    assert [one.how for one in completions(world.end_user, row)] == [How.TEST]


@pytest.mark.parametrize(
    ("elapsed", "counted"), [(0, 0), (10, 20), (29, 58), (30, 60), (31, 62), (60, 100), (600, 100)]
)
def test_a_report_counts_for_twice_the_time_since_the_last_one_at_most(client, world, travel, elapsed, counted):
    """Skipping to the end and saying all of it was watched counts for no more than the clock allows."""
    row = filmed(client, world, 100)
    begin(client, world.end_user, row)
    report(client, row, [])
    travel(NOON + timedelta(seconds=elapsed))
    assert report(client, row, [[0, 100_000]], 100_000).json["percent"] == counted


def test_a_long_silence_gives_no_credit_for_more_than_a_minute(client, world, travel):
    row = filmed(client, world, 600)
    begin(client, world.end_user, row)
    report(client, row, [])
    travel(NOON + timedelta(hours=5))
    sign_in(client, world.end_user)
    assert report(client, row, [[0, 600_000]]).json["percent"] == 20, "two minutes of ten"


def test_the_first_report_only_starts_the_clock(client, world, travel):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    travel(NOON + timedelta(minutes=5))
    assert report(client, row, [[0, 50_000]], 50_000).json["percent"] == 0


def test_two_windows_at_once_count_once(client, world, travel):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    report(client, row, [])
    travel(NOON + timedelta(seconds=10))
    assert report(client, row, [[0, 10_000]]).json["percent"] == 10
    assert report(client, row, [[50_000, 60_000]]).json["percent"] == 10, "no time has gone by since"


def test_what_is_watched_twice_counts_once_and_what_is_left_is_said(client, world, travel):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    report(client, row, [])
    for number in range(4):
        travel(clock.now() + timedelta(seconds=20))
        told = report(client, row, [[20_000, 40_000]], 40_000).json
        assert told["percent"] == 20, number
    assert told["left"] == [[0, 20_000, "0:00", "0:20"], [40_000, 100_000, "0:40", "1:40"]]
    assert told["done"] is False


def test_it_goes_on_where_one_was(client, world, travel):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    watch(client, row, travel, 40_000)
    shown = page(client, world.end_user, f"/training/learn/{row.id}")
    assert 'data-from="40000"' in shown
    assert "0:40 to 1:40" in shown
    assert sitting(world.end_user, row).spans == [[0, 40_000]]
    begin(client, world.end_user, row)
    assert sitting(world.end_user, row).spans == [[0, 40_000]], "beginning again goes on"


FORGED: tuple[Any, ...] = (
    "",
    "x",
    "[]",
    "null",
    "{}",
    '{"spans": 1, "position": 0}',
    '{"spans": [[0]], "position": 0}',
    "[" * 3_000,
    '{"spans": [["0", "1"]], "position": 0}',
    '{"spans": [[0, 1e9]], "position": 0}',
    '{"spans": [[5, 5]], "position": 0}',
    '{"spans": [[-1, 5]], "position": 0}',
    '{"spans": [[NaN, 5]], "position": 0}',
    '{"spans": [[true, 5]], "position": 0}',
    '{"spans": [[0, 999999999]], "position": 0}',
    '{"spans": [], "position": -1}',
    '{"spans": [], "position": "1"}',
    '{"spans": [], "position": 1e99}',
    '{"spans": [], "position": true}',
    json.dumps({"spans": [[0, 1]] * 51, "position": 0}),
)


def test_what_no_player_sends_is_refused(client, world, travel):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    report(client, row, [])
    travel(NOON + timedelta(seconds=30))
    for told in FORGED:
        assert client.post(f"/training/learn/{row.id}/watched", data={"report": told}).status_code == 422, told
    assert sitting(world.end_user, row).spans == []


# ------------------------------------------------------------------ what is taken


NO_VIDEO = (
    (b"no video at all", "not an MP4 or WebM"),
    (b"", "not an MP4"),
    (b"<html><script>alert(1)</script>", "not an MP4"),
    (mp4(10, handler=b"soun"), "only sound"),
    (webm(10, kind=b"\2"), "only sound"),
    (webm(10, doc_type=b"matroska"), "not an MP4"),
    (mp4(0), "how long"),
    (webm(0), "how long"),
    (webm(float("nan")), "how long"),
    (webm(float("inf")), "12 hours"),
    (mp4(43_201), "12 hours"),
    (mp4(10)[:40], "not an MP4"),
    (mp4(10)[:-20], "not an MP4"),
    (b"\x1a\x45\xdf\xa3" + b"\xff" * 64, "not an MP4"),
    (b"\x1a\x45\xdf\xa3", "not an MP4"),
    (b"\0\0\0\1ftyp" + b"\0" * 64, "not an MP4"),
    (mp4(10, scale=0x10000)[:-1], "not an MP4"),
)


def test_what_is_no_video_is_refused(client, world):
    row = made(client, world)
    for content, told in NO_VIDEO:
        answer = put(client, world, row, content)
        assert (answer.status_code, told in said(answer)) == (422, True), (content[:40], said(answer))


@pytest.mark.parametrize("content", [mp4(61.5), webm(61.5)])
def test_how_long_a_video_lasts_is_read_from_the_file(content):
    assert videos.read(BytesIO(content)).milliseconds == 61_500


def test_a_video_without_captions_is_not_published(client, world):
    row = made(client, world)
    assert put(client, world, row, mp4(100)).status_code == 302
    answer = publish(client, world.trainer, row)
    assert (answer.status_code, "captions" in said(answer)) == (422, True)
    assert put(client, world, row, words=CAPTIONS).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    assert course(row.id).state is CourseState.OFFERED


def test_another_video_needs_its_own_captions_and_a_draft_can_go_without(client, world):
    row = made(client, world)
    put(client, world, row, mp4(100), CAPTIONS)
    assert put(client, world, row, mp4(90)).status_code == 302
    assert publish(client, world.trainer, row).status_code == 422
    assert client.post(f"/training/courses/{row.id}/draft/video/remove").status_code == 302
    write(client, world.trainer, row)
    assert publish(client, world.trainer, row).status_code == 302


BAD_CAPTIONS = (
    (b"hello", "WEBVTT"),
    (b"WEBVTT\n\n", "no cue"),
    (b"WEBVTT\n\n00:02.000 --> 00:01.000\nx", "ends before"),
    (b"WEBVTT\n\n0:1 --> 0:2\nx", "not a time"),
    (b"WEBVTT\n\n00:00.000 --> 00:01.000\n<script>alert(1)</script>", "<script>"),
    (b"WEBVTT\n\n00:00.000 --> 00:01.000\n<b onclick=x>y", "<b onclick=x>"),
    (b"WEBVTT\n\nSTYLE\n::cue{}", "styles"),
    (b"WEBVTT\n\n00:00.000 --> 00:01.000\n<img", "<img"),
    (b"\xff\xfeW\0", "UTF-8"),
    (b"WEBVTT\n\n" + b"x" * 4_000, "1 MB"),
    (b"WEBVTT\n\n00:00.000 --> 00:01.000\nHer SSN is 123-45-6789.", "client"),
    (b"WEBVTT\0\n\n00:00.000 --> 00:01.000\nx", "text"),
    (b"WEBVTT\n\n00:00.000 --> 00:01.000\nx\n00:01.000 --> 00:02.000\ny", "empty line"),
    (b"WEBVTT\n\n00:00.000 --> 02:00.000\nx", "after the video ends"),
)


def test_captions_that_are_none_are_refused(client, world, monkeypatch):
    monkeypatch.setattr(captions, "LARGEST", 4_000)
    row = made(client, world)
    put(client, world, row, mp4(100))
    for content, told in BAD_CAPTIONS:
        answer = put(client, world, row, words=content)
        shown = answer.get_data(as_text=True)
        assert answer.status_code == 422, content[:80]
        assert told.replace("<", "&lt;").replace(">", "&gt;") in shown, (content[:80], said(answer))
        assert "<script>alert" not in shown


def test_odd_captions_take_no_time():
    for words in ("c" + ".a" * 20_000, "c" + "." * 20_000, "v " + "x" * 20_000, "<" * 20_000):
        with pytest.raises(ValueError, match=r"Line|cue"):
            captions.read(f"WEBVTT\n\n00:00.000 --> 00:01.000\n<{words}!<".encode())
    assert captions.read(CAPTIONS)[1] == (2_000, 4_500, "Lock it.")


def test_captions_without_a_video_wait_for_it(client, world):
    answer = put(client, world, made(client, world), words=CAPTIONS)
    assert (answer.status_code, "the video first" in said(answer)) == (422, True)


# ------------------------------------------------------------------ how it is served


def test_parts_are_sent_to_the_player_and_nothing_runs_in_a_pages_place(client, world):
    row, content = filmed(client, world), mp4(100)
    begin(client, world.end_user, row)
    with client.get(f"/training/learn/{row.id}/video") as whole:
        assert (whole.status_code, whole.data, whole.mimetype) == (200, content, "video/mp4")
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        assert whole.headers["Content-Disposition"].startswith("attachment")
    with client.get(f"/training/learn/{row.id}/video", headers={"Range": "bytes=4-11"}) as part:
        assert (part.status_code, part.data) == (206, content[4:12])
        assert part.headers["Content-Range"] == f"bytes 4-11/{len(content)}"
    with client.get(f"/training/learn/{row.id}/video", headers={"Range": f"bytes={len(content)}-"}) as beyond:
        assert beyond.status_code == 416
    with client.get(f"/training/learn/{row.id}/captions") as words:
        assert (words.mimetype, words.data) == ("text/vtt", CAPTIONS)
        assert "sandbox" in words.headers["Content-Security-Policy"]


def test_only_who_takes_or_keeps_the_course_sees_its_video(client, world):
    row = filmed(client, world)
    begin(client, world.end_user, row)
    for path in ("video", "captions"):
        assert sign_in(client, world.other_end_user).get(f"/training/learn/{row.id}/{path}").status_code == 404
        assert sign_in(client, make_world("sonoma").admin).get(f"/training/learn/{row.id}/{path}").status_code == 404
        assert sign_in(client, world.end_user).get(f"/training/courses/{row.id}/versions/1/{path}").status_code == 403
        with sign_in(client, world.agent).get(f"/training/courses/{row.id}/versions/1/{path}") as seen:
            assert seen.status_code == 200


def test_a_video_may_be_larger_than_other_files_and_has_its_limit(app, client, world, monkeypatch):
    config = app.config["HEARTHDESK"]
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 4_000)
    monkeypatch.setitem(
        app.config, "HEARTHDESK", type(config)(**{**vars(config), "upload_limit": 4_000, "video_limit": 20_000})
    )
    row = made(client, world)
    assert put(client, world, row, mp4(100) + b"\0\0\x10\0free" + bytes(0x1000 - 8), CAPTIONS).status_code == 302
    assert put(client, world, row, mp4(100) + bytes(20_000)).status_code == 413
    sign_in(client, world.end_user)
    sent = {"video": (BytesIO(bytes(5_000)), "film.mp4")}
    assert client.post(f"/training/courses/{row.id}/draft/video", data=sent).status_code in (403, 413)


# ------------------------------------------------------------------ spans


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ([], []),
        ([(0, 5), (5, 9)], [(0, 9)]),
        ([(7, 9), (0, 5)], [(0, 5), (7, 9)]),
        ([(0, 9), (2, 3)], [(0, 9)]),
    ],
)
def test_spans_are_joined(given, joined):
    assert spans.union(given) == joined


@pytest.mark.parametrize(("watched", "is_enough"), [(949, False), (950, True), (951, True)])
def test_the_tolerance_is_a_part_of_the_whole(watched, is_enough):
    assert spans.is_watched([(0, watched)], 1_000, 5) == is_enough
