"""Words that stand beside a client's name, and words that are no name though they stand there."""

from __future__ import annotations

import re

CLIENT = (
    r"\b(?:(?:my |our |the |this |a |new |another )?"
    r"(?:clients?|clts?|participants?|consumers?|tenants?|guests?|patients?|applicants?)"
    r"|head of household|heads of household|hoh|household members?|survivors?)\b(?:'s|\u2019s)?"
)

CLIENT_HINTS = (
    "client", "clt", "participant", "consumer", "tenant", "guest", "patient", "applicant", "head", "hoh", "household",
    "survivor",
)  # fmt: skip

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
    would year years yes you young your youth based rental
    """,
    )
)
