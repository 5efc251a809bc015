"""Every page of the reports, on their one blueprint."""

from helpdesk.reports import views
from helpdesk.reports.blueprint import bp
from helpdesk.reports.evaluation import views as evaluation
from helpdesk.reports.staffing import views as staffing
from helpdesk.reports.themes import views as themes

__all__ = ["bp", "evaluation", "staffing", "themes", "views"]
