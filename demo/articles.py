"""What a Lead's knowledge base holds: a dozen articles and a few canned replies, written over the last days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from core.authz import principal_for
from core.db import db
from core.people.models import Person
from demo.agenda import Agenda
from demo.world import Desk
from helpdesk.knowledge import services, standing
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.rules import REVIEW_AFTER, Audience
from helpdesk.knowledge.services import Written
from helpdesk.knowledge.standing import Place
from helpdesk.replies import services as replies
from helpdesk.replies.services import Worded

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """An article; `kind` is used where the community's manual names it. `votes` are those it helped, and those not."""

    kind: str
    title: str
    body: str
    tags: tuple[str, ...]
    audience: Audience = Audience.SIGNED_IN
    review_in: int = 365
    votes: tuple[int, int] = (0, 0)
    word: str = ""
    ends: str = "published"


ARTICLES = (
    Told(
        "faq",
        "The move-in date is refused",
        "The page compares the date with the **newest** entry, even when that entry is exited.\n\n"
        "1. Open the enrollment and look for a second entry.\n2. Exit that entry.\n3. Save the move-in date again.\n\n"
        "If it is still refused, ask the help desk and give the client ID only.",
        ("move-in", "exit", "error"),
        votes=(5, 1),
    ),
    Told(
        "faq",
        "How do I reset my password for the HMIS?",
        "Choose *Forgot password* on the HMIS's own sign-in page. The mail takes up to ten minutes.\n\n"
        "Nobody at the help desk can see your password, and nobody will ask for it.",
        ("password", "sign-in"),
        audience=Audience.PUBLIC,
        votes=(3, 0),
    ),
    Told(
        "faq",
        "A report stops before it is complete",
        "Choose your own provider only. A report over all providers takes longer than the system allows.",
        ("report", "provider"),
        votes=(1, 4),
        word="It does not say where the provider is chosen",
    ),
    Told(
        "forms",
        "Which intake form for which project",
        "| Project | Form |\n|---|---|\n| Emergency shelter | Intake, short |\n| Street outreach | Contact |\n"
        "| Rapid re-housing | Intake, long |\n| Permanent supportive housing | Intake, long |",
        ("intake", "paper"),
    ),
    Told(
        "forms",
        "The release of information: what to have signed, and when",
        "Have it signed before the first entry. Keep the paper at your agency; what the HMIS needs is its date.",
        ("release", "consent", "privacy"),
        review_in=0,
    ),
    Told(
        "data-entry-guides",
        "Entering a household",
        "## First the head of household\n\nEnter the head of household, then add the others from the same page.\n\n"
        "## Then the entry\n\nTick everybody who came. *Who is not ticked has no entry.*",
        ("household", "entry"),
        votes=(2, 0),
    ),
    Told(
        "data-entry-guides",
        "Exit destinations in plain words",
        "Ask where the person sleeps tonight, then choose the line that says it. "
        "*Data not collected* is only for those who left without a word.",
        ("exit", "destination"),
        review_in=3,
    ),
    Told(
        "data-entry-guides",
        "Moving somebody to another bed",
        "End the stay on the old bed and begin the new one on the same day; the nights then count once.",
        ("bed", "shelter"),
    ),
    Told(
        "reporting-tip-sheets",
        "Reading the data quality report",
        "Begin with *Data not collected*: that you can mend. Errors below two percent are fine.",
        ("report", "data quality"),
        votes=(2, 1),
    ),
    Told(
        "reporting-tip-sheets",
        "What changed in the annual report this year",
        "Two tables were added at the end; nothing that you enter has changed.",
        ("report", "annual"),
        ends="retired",
    ),
    Told(
        "faq",
        "What we ask before a request goes to the vendor",
        "The steps, the exact words of the message, the browser, and one client ID. Never a name.",
        ("vendor", "escalation"),
        audience=Audience.STAFF,
    ),
    Told(
        "reporting-tip-sheets",
        "Counting people and not entries",
        "Choose *unduplicated* on the first page of the report. The rest of this sheet is being written.",
        ("report",),
        ends="draft",
    ),
)
REPLIES = (
    ("Asking for the steps", "Dear {requester_name},\n\nplease tell us which steps lead to it.\n\n{signature}"),
    ("Solved, please look", "Dear {requester_name},\n\n{ticket_number} should be solved. Please look.\n\n{signature}"),
    ("Name no clients", "Dear {requester_name},\n\nplease name clients by their ID only.\n\n{signature}"),
    ("With the vendor", "Dear {requester_name},\n\nthe vendor has what {agency} reported.\n\n{signature}"),
)


class Articles:
    """The knowledge base of one Lead, on an agenda."""

    def __init__(self, desk: Desk, agenda: Agenda, begins: datetime) -> None:
        self.desk, self.agenda, self.begins = desk, agenda, begins
        self.author = desk.agents[0]

    def plan(self) -> None:
        for number, told in enumerate(ARTICLES):
            at = self.begins + timedelta(hours=17 + 20 * number)
            self.agenda.at(at, self.author, partial(self._write, told))
        for number, (name, text) in enumerate(REPLIES):
            at = self.begins + timedelta(hours=18 + number)
            self.agenda.at(at, self.author, partial(self._keep, name, text))

    def _write(self, told: Told, at: datetime) -> None:
        by = principal_for(self.author, at)
        place = standing.places_to_write(by)[0]
        kinds = place.kinds(at).words
        kind = told.kind if told.kind in kinds else next(iter(kinds))
        article = services.write(self._written(told, place, kind), by, at)
        if told.ends != "draft":
            services.publish(article, by, at)
        if told.ends == "retired":
            services.retire(article, "It was about last year's report.", None, by, at)
        self._plan_votes(article.id, told, at)

    def _written(self, told: Told, place: Place, kind: str) -> Written:
        today = self.agenda.until.astimezone(place.zone).date()
        review_on = today + (REVIEW_AFTER if told.review_in == 365 else told.review_in * DAY)
        why, owner = "First version.", self.author.id
        return Written(place, told.title, told.body, kind, told.audience, list(told.tags), review_on, owner, why, None)

    def _plan_votes(self, article_id: int, told: Told, at: datetime) -> None:
        yes, no = told.votes
        readers = [person for place in self.desk.workplaces for person in place.users][: yes + no]
        for number, reader in enumerate(readers):
            word = told.word if number == yes else ""
            vote = partial(self._vote, article_id, reader, number < yes, word)
            self.agenda.at(at + timedelta(hours=number + 1), reader, vote)

    def _vote(self, article_id: int, reader: Person, helpful: bool, word: str, at: datetime) -> None:
        article = db.session.get_one(Article, article_id)
        services.vote(article, principal_for(reader, at), helpful, word, at)

    def _keep(self, name: str, text: str, at: datetime) -> None:
        replies.keep(self.desk.lead, Worded(name, text, is_shared=True), principal_for(self.author, at), at)
