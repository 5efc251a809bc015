"""The closed list of what a policy pack can say. A name that is not here is a spelling mistake, and is refused.

A new kind of obligation gets its name here first, with its unit where it has one; then every pack may use it.
"""

from __future__ import annotations

from enum import StrEnum


class ClockName(StrEnum):
    DEPARTURE_NOTICE = "departure-notice"
    DEACTIVATION = "deactivation"
    LEAVE_LOCK = "leave-lock"
    BREACH_NOTICE = "breach-notice"
    SERVICE_NOTICE = "service-notice"
    VIOLATION_ACTION = "violation-action"
    SERIES_COMPLETION = "series-completion"
    SERIES_CORRECTIONS = "series-corrections"
    SERIES_LIMIT = "series-limit"
    CLIENT_RECORD_REQUEST = "client-record-request"
    CLIENT_CORRECTION = "client-correction"
    CUSTOM_REPORT = "custom-report"
    CUSTOM_REPORT_LEAD_TIME = "custom-report-lead-time"
    CONFLICT_MANAGER = "conflict-manager"
    CONFLICT_IMPASSE = "conflict-impasse"
    POLICY_FORWARDING = "policy-forwarding"
    POLICY_ACKNOWLEDGEMENT = "policy-acknowledgement"
    AGREEMENT_TERMINATION_NOTICE = "agreement-termination-notice"
    AGREEMENT_SIGNING = "agreement-signing"
    AGREEMENT_TERM = "agreement-term"
    DEFAULT_CURE = "default-cure"
    DATA_TRANSFER_REQUEST = "data-transfer-request"
    INVOICE_DUE = "invoice-due"
    HMIS_FIRST_LOGIN = "hmis-first-login"
    HMIS_PASSWORD_EXPIRY = "hmis-password-expiry"  # noqa: S105 - the name of a clock
    SUSPENSION_MINIMUM = "suspension-minimum"
    PROBATION_MAXIMUM = "probation-maximum"
    PLAN_SUBMISSION = "plan-submission"
    PLAN_ACKNOWLEDGEMENT = "plan-acknowledgement"
    PLAN_ANSWER = "plan-answer"
    QUARTERLY_FINDING = "quarterly-finding"
    VISIT_FINDING = "visit-finding"
    MONITORING_NOTICE = "monitoring-notice"
    MONITORING_LETTER = "monitoring-letter"
    MONITORING_CURE = "monitoring-cure"
    CLEANUP_CURE = "cleanup-cure"
    LEGAL_REVIEW = "legal-review"
    PRACTICE_RETRY = "practice-retry"
    PROVISIONAL_ACCESS = "provisional-access"
    DUPLICATE_REVIEW = "duplicate-review"
    ACCOUNT_FINDING = "account-finding"
    ACCOUNT_FINDING_URGENT = "account-finding-urgent"
    ACCESS_REVIEW = "access-review"
    ACCESS_DECISION = "access-decision"


class Unit(StrEnum):
    DAYS = "days"
    MINUTES = "minutes"
    MONTH = "month"
    PERCENT = "percent"
    PEOPLE = "people"
    TIMES = "times"
    YEARS = "years"


class LimitName(StrEnum):
    MINIMUM_AGE = "minimum-age"
    ADMINISTRATOR_THRESHOLD = "administrator-threshold"
    ADMINISTRATOR_WAIT = "administrator-wait"
    EXTENDED_LEAVE = "extended-leave"
    INACTIVITY_LOCK = "inactivity-lock"
    IDLE_LOGOUT = "idle-logout"
    FAILED_LOGONS = "failed-logons"
    MISSED_MINUTES = "missed-minutes"
    MISSED_PERCENT = "missed-percent"
    DECEMBER_EXEMPTION = "december-exemption"
    SECURITY_TRAINING_LENGTH = "security-training-length"
    PRACTICE_CASES = "practice-cases"
    PRACTICE_ATTEMPTS = "practice-attempts"
    USERS_PER_HELP_DESK_PERSON = "users-per-help-desk-person"
    DISCLOSURE_LOG_YEARS = "disclosure-log-years"
    AGENCY_WIDE_USERS = "agency-wide-users"
    AGENCY_WIDE_VIOLATIONS = "agency-wide-violations"


LIMIT_UNITS: dict[LimitName, Unit] = {
    LimitName.MINIMUM_AGE: Unit.YEARS,
    LimitName.ADMINISTRATOR_THRESHOLD: Unit.PEOPLE,
    LimitName.ADMINISTRATOR_WAIT: Unit.YEARS,
    LimitName.EXTENDED_LEAVE: Unit.DAYS,
    LimitName.INACTIVITY_LOCK: Unit.DAYS,
    LimitName.IDLE_LOGOUT: Unit.MINUTES,
    LimitName.FAILED_LOGONS: Unit.TIMES,
    LimitName.MISSED_MINUTES: Unit.MINUTES,
    LimitName.MISSED_PERCENT: Unit.PERCENT,
    LimitName.DECEMBER_EXEMPTION: Unit.MONTH,
    LimitName.SECURITY_TRAINING_LENGTH: Unit.MINUTES,
    LimitName.PRACTICE_CASES: Unit.TIMES,
    LimitName.PRACTICE_ATTEMPTS: Unit.TIMES,
    LimitName.USERS_PER_HELP_DESK_PERSON: Unit.PEOPLE,
    LimitName.DISCLOSURE_LOG_YEARS: Unit.YEARS,
    LimitName.AGENCY_WIDE_USERS: Unit.PEOPLE,
    LimitName.AGENCY_WIDE_VIOLATIONS: Unit.TIMES,
}


class Bound(StrEnum):
    """How a number binds."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    MORE_THAN = "more-than"
    ABOUT = "about"


class ListName(StrEnum):
    EMPLOYMENT_ALLOWED = "employment-allowed"
    EMPLOYMENT_REFUSED = "employment-refused"
    RESCIND_REASONS = "rescind-reasons"
    AGREEMENTS = "agreements"
    AGREEMENT_SIGNERS = "agreement-signers"
    AGREEMENTS_ON_FILE = "agreements-on-file"
    USER_AGREEMENT_CONTENT = "user-agreement-content"
    ROSTER_COLUMNS = "roster-columns"
    FINANCIAL_RECORDS = "financial-records"
    FEE_FACTORS = "fee-factors"
    FEE_RELIEF = "fee-relief"
    CHARGED_SERVICES = "charged-services"
    BACKGROUND_CHECK_ROLES = "background-check-roles"
    LEAVING_CHECKLIST = "leaving-checklist"
    REQUEST_KINDS = "request-kinds"
    HELP_DESK_CHANNELS = "help-desk-channels"
    KNOWLEDGE_BASE = "knowledge-base"
    PROTECTED_INFORMATION = "protected-information"
    PROTECTED_PLACES = "protected-places"
    DATA_REQUEST_OPEN = "data-request-open"
    DATA_REQUEST_APPROVAL = "data-request-approval"
    DATA_REQUEST_PRIORITY = "data-request-priority"
    PARTICIPATION_LETTER = "participation-letter"
    CLIENT_REQUEST_KINDS = "client-request-kinds"
    VENDOR_PROTOCOL = "vendor-protocol"
    EVALUATION_CONTENT = "evaluation-content"
    TRAINING_TOPICS = "training-topics"
    TRAINING_BEFORE_ACCESS = "training-before-access"
    TRAINING_AUDIENCES = "training-audiences"
    TRAINING_WORKFLOWS = "training-workflows"
    SESSION_KINDS = "session-kinds"
    RECERTIFICATION_PARTS = "recertification-parts"
    MEETING_ATTENDANCE = "meeting-attendance"
    MEETING_RECORDS = "meeting-records"
    MONITORING_PLAN = "monitoring-plan"
    MONITORING_LETTER_RECIPIENTS = "monitoring-letter-recipients"
    SECURITY_REPORTS = "security-reports"
    REVIEWED_DOCUMENTS = "reviewed-documents"


class GateName(StrEnum):
    LICENSE = "license"
    LICENSE_REFUSAL = "license-refusal"
    PARTICIPATION = "participation"
    ADMINISTRATOR_DESIGNATION = "administrator-designation"
    ACCESS_EXTENSION = "access-extension"
    SERIES_WAIVER = "series-waiver"
    REACTIVATION = "reactivation"
    MERGE_REQUEST = "merge-request"
    CUSTOM_REPORT_REQUEST = "custom-report-request"
    COMPLAINT = "complaint"
    OUTSIDE_DISCLOSURE = "outside-disclosure"
    LAW_ENFORCEMENT_DISCLOSURE = "law-enforcement-disclosure"
    DATA_TRANSFER = "data-transfer"


class Requirement(StrEnum):
    """One condition of a gate."""

    ACCESS_REQUEST = "access-request"
    REQUESTED_BY_REPRESENTATIVE = "requested-by-representative"
    EMPLOYMENT_ALLOWED = "employment-allowed"
    PROJECTS_NEEDED = "projects-needed"
    MANAGER_APPROVAL = "manager-approval"
    MINIMUM_AGE = "minimum-age"
    TRAINING_COMPLETE = "training-complete"
    TRAINING_TEST_PASSED = "training-test-passed"
    ORIENTATION_COMPLETE = "orientation-complete"
    SECURITY_TRAINING_COMPLETE = "security-training-complete"
    USER_AGREEMENT_SIGNED = "user-agreement-signed"
    AGENCY_AGREEMENT_SIGNED = "agency-agreement-signed"
    AGENCY_AGREEMENT_ACCEPTED = "agency-agreement-accepted"
    POLICIES_READ = "policies-read"
    CODE_OF_ETHICS_SIGNED = "code-of-ethics-signed"
    CONFIDENTIALITY_AGREED = "confidentiality-agreed"
    CONFLICT_OF_INTEREST_STATEMENT = "conflict-of-interest-statement"
    FEE_PAID = "fee-paid"
    SEAT_AVAILABLE = "seat-available"
    PRACTICE_CASE_COMPLETE = "practice-case-complete"
    FAILED_ATTEMPTS = "failed-attempts"
    ONE_ON_ONE_TRAINING = "one-on-one-training"
    REPEATED_FAILURE = "repeated-failure"
    LEAD_DECISION = "lead-decision"
    RECORDED_REASON = "recorded-reason"
    TECHNICAL_ADMINISTRATOR = "technical-administrator"
    TECHNICAL_ADMINISTRATOR_LICENSED = "technical-administrator-licensed"
    TECHNICAL_ADMINISTRATOR_ON_AGREEMENT = "technical-administrator-on-agreement"
    SECURITY_OFFICER = "security-officer"
    SECURITY_AUDIT = "security-audit"
    BACKGROUND_CHECK = "background-check"
    NO_BACKGROUND_CONCERN = "no-background-concern"
    TWO_CASE_NUMBERS = "two-case-numbers"
    NO_CLIENT_NAMES = "no-client-names"
    REASON_STATED = "reason-stated"
    RECIPIENT_STATED = "recipient-stated"
    DATA_ELEMENTS_STATED = "data-elements-stated"
    PERIOD_STATED = "period-stated"
    WRITTEN_REQUEST = "written-request"
    CONFIDENTIALITY_CHECKED = "confidentiality-checked"
    USER_NAMED = "user-named"
    AGENCY_NAMED = "agency-named"
    VIOLATION_DESCRIBED = "violation-described"
    DATE_GIVEN = "date-given"
    WARRANT = "warrant"
    CLIENT_CONSENT = "client-consent"
    SUPERVISOR_SIGNED = "supervisor-signed"
    RELEVANCE_STATED = "relevance-stated"
    INFORMATION_IDENTIFIED = "information-identified"
    SCOPE_LIMITED = "scope-limited"
    LEGAL_COUNSEL_APPROVED = "legal-counsel-approved"
    COC_CONSENT = "coc-consent"
    COMMITTEE_PERMISSION = "committee-permission"
    DIRECTOR_PERMISSION = "director-permission"
    TRANSFER_PAID = "transfer-paid"


class LadderName(StrEnum):
    SUPPORT_TIERS = "support-tiers"
    UNRESOLVED_ISSUES = "unresolved-issues"
    MERGE = "merge"
    CONFLICT = "conflict"
    POLICY_CHANGE = "policy-change"
    PRIVACY_COMPLAINT = "privacy-complaint"
    COMPLAINT_ABOUT_LEAD = "complaint-about-lead"
    VIOLATIONS = "violations"
    BREACH = "breach"
    REINSTATEMENT = "reinstatement"
    DATA_CLEANUP = "data-cleanup"
    DATA_QUALITY = "data-quality"
    NEW_USER_SERIES = "new-user-series"
    PRACTICE_SEGMENTS = "practice-segments"
    PRACTICE_FAILURE = "practice-failure"
    ONBOARDING = "onboarding"
    AGREEMENT_REMINDERS = "agreement-reminders"
    ACCESS_REVIEW_REMINDERS = "access-review-reminders"


class Tier(StrEnum):
    """The steps a support ladder is made of."""

    AGENCY_ADMINISTRATOR = "agency-administrator"
    HMIS_LEAD = "hmis-lead"
    VENDOR = "vendor"


class SwitchName(StrEnum):
    SINGLE_SESSION = "single-session"
    VENDOR_THROUGH_LEAD_ONLY = "vendor-through-lead-only"
    PRACTICE_FAILURE_LADDER = "practice-failure-ladder"
    FEE_REFUND = "fee-refund"
    ADVANCE_DEPARTURE_NOTICE = "advance-departure-notice"
    VIOLATIONS_EXPIRE = "violations-expire"
    VIOLATIONS_MUST_BE_ALIKE = "violations-must-be-alike"
    VIOLATIONS_FOLLOW_THE_PERSON = "violations-follow-the-person"
    VIEW_ONLY_AGENCIES = "view-only-agencies"
    RENEWAL_QUIZ = "renewal-quiz"
    REVIEW_STOPS_CLOCK = "review-stops-clock"
    TICKET_SATISFACTION_SURVEY = "ticket-satisfaction-survey"
    ANONYMOUS_COMPLAINTS = "anonymous-complaints"


class CycleName(StrEnum):
    RECERTIFICATION = "recertification"
    AGREEMENT_RENEWAL = "agreement-renewal"
    SECURITY_TRAINING = "security-training"
    SECURITY_CERTIFICATION = "security-certification"
    GENERAL_TRAINING = "general-training"
    REPORTING_TRAINING = "reporting-training"
    REFRESHER_TRAINING = "refresher-training"
    LICENSE_BILLING = "license-billing"
    USER_MEETING = "user-meeting"
    COMMITTEE_MEETING = "committee-meeting"
    SATISFACTION_SURVEY = "satisfaction-survey"
    HELP_DESK_EVALUATION = "help-desk-evaluation"
    PLAN_PROGRESS_REPORT = "plan-progress-report"
    SECURITY_CHECKLIST = "security-checklist"
    SECURITY_CHECKLIST_COPY = "security-checklist-copy"
    SECURITY_VISIT = "security-visit"
    MONITORING = "monitoring"
    DATA_QUALITY_MONITORING = "data-quality-monitoring"
    DATA_QUALITY_REPORT = "data-quality-report"
    DATA_QUALITY_SIGN_OFF = "data-quality-sign-off"
    DOCUMENT_REVIEW = "document-review"
    ACCESS_REVIEW = "access-review"


class HoursName(StrEnum):
    HELP_DESK = "help-desk"


class PasswordName(StrEnum):
    HMIS = "hmis"


class LevelsName(StrEnum):
    ACCESS = "access"


class DutyName(StrEnum):
    OUT_OF_SCOPE = "out-of-scope"
    MASTER_RECORD = "master-record"
    AGENCY_TIMELINE = "agency-timeline"
    COMMUNITY_REPORTS = "community-reports"
    REQUEST_STAMP = "request-stamp"
    DISCLOSURE_ATTEMPT = "disclosure-attempt"
    SECURITY_BEFORE_ORIENTATION = "security-before-orientation"
    INDIVIDUAL_LICENSES = "individual-licenses"
    ACCESS_CHANGE_NOTICE = "access-change-notice"
    UNLOCK_ON_RETURN = "unlock-on-return"
    ADMINISTRATOR_CHANGE_RECORDED = "administrator-change-recorded"
    AGREEMENT_COUNTERSIGNED = "agreement-countersigned"
    PUBLIC_AGENCY_LIST = "public-agency-list"
    EMERGENCY_TO_MANAGER = "emergency-to-manager"
    CERTIFIED_MAIL_LOGGED = "certified-mail-logged"
    SUSPENSION_OF_AN_AGENCY = "suspension-of-an-agency"
    SUSPENSION_MEETING = "suspension-meeting"
    RETURNS_ON_PROBATION = "returns-on-probation"
    DATA_QUALITY_ERRORS = "data-quality-errors"
    HELP_DESK_COVER = "help-desk-cover"
    ASSIGNED_ADMINISTRATOR = "assigned-administrator"
    RELEASE_DECLINED = "release-declined"
    RELEASE_GAP = "release-gap"
    PROTECTED_MAIL = "protected-mail"
    REPORT_DELIVERY_DATE = "report-delivery-date"
    SERIES_START = "series-start"
    PRACTICE_REVIEW = "practice-review"
    RETURNING_USER = "returning-user"
    COMMUNICATIONS = "communications"
    AGENCY_CONTACTS = "agency-contacts"
    DEPARTURE_NOTICE_CHANNEL = "departure-notice-channel"
    LAW_VIOLATION = "law-violation"
    MONITORING_LETTER_SCOPE = "monitoring-letter-scope"
    CLEANUP_TIME_FRAME = "cleanup-time-frame"
    SOLE_LIAISON = "sole-liaison"
    SECURITY_LAPSE = "security-lapse"
    TRAINING_CERTIFICATE = "training-certificate"
    SAME_DAY_NOTICE = "same-day-notice"
    VIEW_ONLY_LICENSES = "view-only-licenses"
    BREACH_SUSPENSION = "breach-suspension"
    INVESTIGATION_SUSPENSION = "investigation-suspension"
    FREE_PARTICIPATION = "free-participation"
    ISSUE_RECORDS = "issue-records"
    BACKUP_COVER = "backup-cover"
    TRIAGE_BY_SKILL = "triage-by-skill"
    CANNED_RESPONSES = "canned-responses"
    COMMON_THEMES = "common-themes"
    TRAINING_CALENDAR = "training-calendar"
    ATTENDANCE_TRACKING = "attendance-tracking"
    AGREEMENT_VERSIONS = "agreement-versions"
    MONITORING_TOOL_SHARED = "monitoring-tool-shared"
    REPORT_EXCEPTIONS = "report-exceptions"
    ANONYMOUS_COMPLAINANT = "anonymous-complainant"
    REPEAT_TRAINING = "repeat-training"
    HOMEWORK_REVIEW = "homework-review"
    NO_CREDIT = "no-credit"
    SERIES_RETAKEN = "series-retaken"
    BACKGROUND_CHECK_ADVISED = "background-check-advised"
    CLIENT_DISCLOSURE = "client-disclosure"
    UNPAID_LICENSES = "unpaid-licenses"
    PRICE_CHANGES = "price-changes"
    REPORTING_ADD_ON = "reporting-add-on"
    COMMITTEE_TOLD = "committee-told"
    SHORTER_AGENCY_LIMIT = "shorter-agency-limit"
    NO_ADMINISTRATOR = "no-administrator"
