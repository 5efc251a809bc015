"""Which of a handful of kept messages may be read side by side, and which one after the other.

What hangs together is read in the order in which it came: two mails of one sender, an answer and what it answers, two
answers to one request. Everything else may go at the same time.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parseaddr

from helpdesk.mail.tokens import read_case_token, read_token

IDS = re.compile(r"<[^<>\s]{1,250}>")
NAMED = ("Message-ID", "In-Reply-To", "References")
WRITTEN_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
HEADERS = 65_536  # bytes; what hangs together says so before that
_parser = BytesHeaderParser(policy=compat32)


def ties(raw: bytes) -> set[Hashable]:
    """What a message may have in common with others that it hangs together with, by its headers alone."""
    headers = _parser.parsebytes(raw[:HEADERS])
    found: set[Hashable] = {("sender", parseaddr(str(headers.get("From", "")))[1].lower())}
    for name in NAMED:
        found |= {("message", one) for line in headers.get_all(name, ()) for one in IDS.findall(str(line))}
    written_to = [str(line) for name in WRITTEN_TO for line in headers.get_all(name, ())]
    addresses = [address for _, address in getaddresses(written_to)]
    token, case = read_token(addresses), read_case_token(addresses)
    return found | ({("request", token[0])} if token else set()) | ({("case", case)} if case else set())


def lanes(messages: Iterable[tuple[int, set[Hashable]]]) -> list[list[int]]:
    """The messages by what they share: each lane in the order in which they came, the lanes by their first."""
    told: list[tuple[set[Hashable], list[int]]] = []
    for number, shared in messages:
        joined = [lane for lane in told if lane[0] & shared]
        told = [lane for lane in told if not lane[0] & shared]
        told.append((shared.union(*(known for known, _ in joined)), [*(n for _, lane in joined for n in lane), number]))
    return sorted(sorted(lane) for _, lane in told)
