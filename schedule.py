"""The periodic work, as data. Each entry means "look now"; when something is due is the rules' to say."""

from core import deadlines, outbox
from core.sweep import Every
from helpdesk.intake.reviews import start_missing
from helpdesk.mail.fetch import start_rounds
from helpdesk.reports.jobs import count_themes, measure_old, plan_evaluations
from helpdesk.surveys.services import begin_years
from helpdesk.vendor.broadcasts import tell_on
from licensing.agencies.officers import look_everywhere
from licensing.agreements.jobs import keep_up_all as agreements_keep_up
from licensing.agreements.jobs import tell_sent
from licensing.billing.invoices import printing as invoices_printed
from licensing.billing.invoices import running as invoices_run
from licensing.inactivity.services import lock_unused
from licensing.provisioning.services import send_all as send_accounts
from licensing.reviews.jobs import open_all as open_reviews
from training.recertification.jobs import keep_up_all, lapse_due, remind_due
from training.sessions.meetings.services import begin_meetings

PERIODIC = [
    Every(seconds=10, run=deadlines.fire_due),
    Every(seconds=10, run=outbox.drain),
    Every(seconds=15, run=start_rounds),
    Every(seconds=900, run=begin_years),
    Every(seconds=900, run=begin_meetings),
    Every(seconds=10, run=tell_on),
    Every(seconds=15, run=measure_old),
    Every(seconds=60, run=count_themes),
    Every(seconds=300, run=plan_evaluations),
    Every(seconds=300, run=start_missing),
    Every(seconds=15, run=lapse_due),
    Every(seconds=60, run=remind_due),
    Every(seconds=300, run=keep_up_all),
    Every(seconds=300, run=look_everywhere),
    Every(seconds=300, run=agreements_keep_up),
    Every(seconds=15, run=tell_sent),
    Every(seconds=300, run=open_reviews),
    Every(seconds=15, run=send_accounts),
    Every(seconds=300, run=lock_unused),
    Every(seconds=10, run=invoices_run.look),
    Every(seconds=15, run=invoices_printed.look),
]
