"""The national load model: how much of everything, and who and where, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random

from core.people.models import DesignationKind, StaffRole
from core.policy import Policy, catalog
from demo.bulk.licensing import Employer
from demo.bulk.lines import Counters, Sheets
from demo.bulk.tickets import Ladder, Place, Who
from demo.names import ENDINGS, FIRST, JOBS, KINDS, LAST, PROJECTS, WORDS
from demo.places import CENTRAL, EASTERN, PACIFIC


@dataclass(frozen=True)
class LoadModel:
    """How much there is in a deployment that serves the whole country, after some years.

    `cocs_each`: how many CoCs every Lead has; 0 is as in life, many small Leads and a few large ones.
    """

    cocs: int
    agencies: int
    users: int
    tickets: int
    audit_events: int
    departures: int
    hires: int
    years: int
    cocs_each: int = 0

    def scaled(self, share: float) -> LoadModel:
        """The same in small: `share` of everything, of the same years."""
        counts = {name: max(1, round(count * share)) for name, count in vars(self).items() if name not in KEPT}
        least = {"cocs": max(8, counts["cocs"]), "agencies": max(12, counts["agencies"])}
        return replace(self, **{**counts, **least, "users": max(counts["users"], 6 * least["agencies"])})


KEPT = ("years", "cocs_each")
NATIONAL = LoadModel(
    cocs=400,
    agencies=12_000,
    users=100_000,
    tickets=3_000_000,
    audit_events=20_000_000,
    departures=75_000,
    hires=60_000,
    years=3,
)

MOST_COCS = 20  # of one Lead
PACKS = (
    ("missouri", CENTRAL),
    ("vermont", EASTERN),
    ("sonoma", PACIFIC),
    ("sacramento", PACIFIC),
    ("missouri-bos", CENTRAL),
)
REGIONS = ("North", "South", "East", "West", "Upper", "Lower", "Old", "New", "Great", "Little")
VENDOR = "support@cedarlinesystems.example"
AGENTS = 4
OFFICERS = (
    ("Executive director", DesignationKind.EXECUTIVE_DIRECTOR),
    ("Program director", DesignationKind.REPRESENTATIVE),
    ("Operations manager", DesignationKind.SECURITY_OFFICER),
    ("Data manager", DesignationKind.ADMINISTRATOR),
)


@dataclass
class Site:
    """An agency with its people; the first of them hold the designations."""

    place: Place
    employer: Employer
    members: list[Who]

    @property
    def users(self) -> list[Who]:
        return self.members[len(OFFICERS) :]


@dataclass
class Bureau:
    """A Lead with its agents and everything it serves."""

    id: int
    agents: list[Who]
    sites: list[Site] = field(default_factory=list)


class Country:
    """Writes Leads, CoCs, agencies and people into the sheets, and keeps who they are."""

    def __init__(self, model: LoadModel, rng: Random, now: datetime, sheets: Sheets) -> None:
        self.model, self.rng, self.now, self.sheets = model, rng, now, sheets
        self.since = now - timedelta(days=365 * model.years + 200)
        self.ids = Counters()
        self.staff: list[Who] = []

    def settle(self) -> list[Bureau]:
        bureaus: list[Bureau] = []
        left = self.model.cocs
        while left:
            drawn = self.model.cocs_each or max(1, int(self.rng.paretovariate(1.1)))
            size = min(left, MOST_COCS, drawn)
            bureaus.append(self._bureau(len(bureaus), size))
            left -= size
        return bureaus

    def _bureau(self, number: int, cocs: int) -> Bureau:
        pack, tz = PACKS[number % len(PACKS)]
        lead = next(self.ids["lead"])
        name = f"{REGIONS[number % 10]} {WORDS[number % 30]}{ENDINGS[number // 10 % 15]} HMIS Office {lead}"
        host = f"lead{lead}.example"
        self.sheets.add(
            "lead",
            {
                "id": lead,
                "name": name,
                "tz": tz,
                "support_address": f"help@{host}",
                "vendor_name": "Cedarline Systems",
                "vendor_address": VENDOR,
            },
        )
        agents = [self._staff(lead, host, StaffRole.AGENT) for _ in range(AGENTS)]
        self._staff(lead, host, StaffRole.TRAINER)
        for role in (StaffRole.ADMIN, StaffRole.MANAGING_DIRECTOR, StaffRole.ASSISTANT_DIRECTOR):
            self._staff(lead, host, role)
        bureau = Bureau(lead, agents)
        for _ in range(cocs):
            bureau.sites += self._community(bureau, pack, tz, host)
        return bureau

    def _community(self, bureau: Bureau, pack: str, tz: str, host: str) -> list[Site]:
        coc = next(self.ids["coc"])
        code = f"{chr(65 + coc // 26 % 26)}{chr(65 + coc % 26)}-{900 + coc // 676}"
        named = {"id": coc, "lead_id": bureau.id, "code": code, "name": f"Continuum {code}", "pack": pack, "tz": tz}
        self.sheets.add("coc", named)
        manager = self._staff(bureau.id, host, StaffRole.MANAGER, coc)
        self._staff(bureau.id, host, StaffRole.COC_LEADERSHIP, coc)
        first, last = (n * self.model.agencies // self.model.cocs for n in (coc - 1, coc))
        return [self._site(bureau, coc, pack, tz, manager) for _ in range(last - first)]

    def _site(self, bureau: Bureau, coc: int, pack: str, tz: str, manager: Who) -> Site:
        agency = next(self.ids["agency"])
        name = f"{self._named_place()} {self.rng.choice(KINDS)} {agency}"
        row = {"id": agency, "lead_id": bureau.id, "coc_id": coc, "name": name, "tz": tz, "status": "active"}
        self.sheets.add("agency", {**row, "is_view_only": False})
        first, last = (n * self.model.users // self.model.agencies for n in (agency - 1, agency))
        members = [self.person(f"agency{agency}.example") for _ in range(last - first)]
        projects = self._projects(agency)
        has_administrator = agency % 5 < 3
        for who, (_, kind) in zip(members, OFFICERS[: 4 if has_administrator else 3], strict=False):
            self._designate(agency, who, kind)
        place = Place(
            lead_id=bureau.id,
            coc_id=coc,
            agency_id=agency,
            ladder=ladder_of(pack, self.now.date()),
            administrator=members[3] if has_administrator else None,
            vendor_address=VENDOR,
            projects=tuple(name for _, name in projects),
        )
        employer = Employer(
            lead_id=bureau.id,
            coc_id=coc,
            agency_id=agency,
            name=name,
            tz=tz,
            policy=policy_of(pack, self.now.date()),
            closures={},
            representative=members[1],
            manager=manager,
            agent=bureau.agents[agency % AGENTS],
            projects=tuple(number for number, _ in projects),
        )
        return Site(place, employer, members)

    def _named_place(self) -> str:
        return f"{self.rng.choice(REGIONS)} {self.rng.choice(WORDS)}{self.rng.choice(ENDINGS)}"

    def _projects(self, agency: int) -> list[tuple[int, str]]:
        made = []
        for code, name in self.rng.sample(PROJECTS, 3):
            number = next(self.ids["project"])
            self.sheets.add(
                "project",
                {
                    "id": number,
                    "agency_id": agency,
                    "name": name,
                    "hud_type": code,
                    "is_protected": False,
                    "approver": "",
                },
            )
            made.append((number, name))
        return made

    def person(self, host: str) -> Who:
        number = next(self.ids["person"])
        first, last = FIRST[self.rng.randrange(len(FIRST))], LAST[self.rng.randrange(len(LAST))]
        who = Who(number, f"{first} {last}", f"{first}.{last}.{number}@{host}".lower())
        row = {"id": number, "name": who.name, "email": who.email, "phone": "", "tz": "", "created_at": self.since}
        self.sheets.add("person", row)
        return who

    def _staff(self, lead: int, host: str, role: StaffRole, coc: int | None = None) -> Who:
        who = self.person(host)
        self.staff.append(who)
        row = {"id": next(self.ids["lead_staff"]), "lead_id": lead, "coc_id": coc, "person_id": who.id, "role": role}
        self.sheets.add("lead_staff", {**row, "skills": [], "started_on": self.since.date(), "ended_at": None})
        return who

    def _designate(self, agency: int, who: Who, kind: DesignationKind) -> None:
        row = {"id": next(self.ids["designation"]), "agency_id": agency, "person_id": who.id, "kind": kind}
        self.sheets.add("designation", {**row, "started_on": self.since.date(), "ended_at": None})


@lru_cache(maxsize=20)
def policy_of(pack: str, on: date) -> Policy:
    return catalog.in_force(pack, on)


@lru_cache(maxsize=20)
def ladder_of(pack: str, on: date) -> Ladder:
    return Ladder(policy_of(pack, on))


def job_of(number: int) -> str:
    return OFFICERS[number][0] if number < len(OFFICERS) else JOBS[number % len(JOBS)]
