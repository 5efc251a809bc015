"""What people ask the help desk, and how it goes on. No text here holds anybody's personal data except `MASKED`."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.tickets.rules import Category


@dataclass(frozen=True)
class Story:
    """`{project}`, `{client}` (an HMIS client ID) and `{month}` are filled in. `more` is what the requester adds."""

    category: Category
    subject: str
    text: str
    answer: str
    resolution: str
    more: str = ""
    vendor: str = ""
    vendor_says: str = ""
    note: str = ""
    is_masked: bool = False


STORIES = (
    Story(
        Category.PROBLEM,
        "Cannot save a move-in date",
        "When I enter the housing move-in date for client ID {client} in {project} and press Save, "
        "the page says the date is "
        "before the project start. The start is two weeks earlier.",
        "The enrollment has two open entries; the page looks at the later one. Please exit the "
        "second entry, then save the date.",
        "Second open entry exited; the move-in date was saved.",
        more="I exited the second one and it still refuses.",
        vendor=(
            "The housing move-in date is compared with the newest entry, even when that entry is "
            "exited. Steps are attached "
            "to the case; it happens in every project of type 13."
        ),
        vendor_says=(
            "Confirmed. It is fixed in the next release; until then, clear the exit destination and save twice."
        ),
        note="Third report of this since the last release.",
    ),
    Story(
        Category.PROBLEM,
        "Report for {project} stops at 80 percent",
        "The annual performance report for {project}, {month} to today, stops at 80 percent and "
        "then shows an empty page.",
        "The report was run for all providers at once. Please choose only your own provider; it "
        "then ends in about a minute.",
        "Ran for one provider; the report is complete.",
        vendor="The annual report never ends when it is run across more than 40 providers. No message is shown.",
        vendor_says="There is a limit of 30 minutes. We have raised it for your site.",
    ),
    Story(
        Category.PROBLEM,
        "Bed list shows somebody who left",
        "Client ID {client} left {project} last week and still holds bed 14 on the list.",
        "The exit was saved without ending the bed assignment. I have ended it for that day.",
        "Bed assignment ended on the exit date.",
    ),
    Story(
        Category.PROBLEM,
        "Page is blank after the update",
        "Since this morning the intake page of {project} is blank in my browser. A colleague beside me can see it.",
        "Your browser kept an old copy. Press Ctrl and F5 together on that page once.",
        "Old copy in the browser; a reload helped.",
        more="That helped, thank you.",
    ),
    Story(
        Category.HOW_TO,
        "How to record a reunited family",
        "A household in {project} is joined by two children who were with relatives. Do I make a new enrollment?",
        "No: add the two to the same household with the day they came as their own project start.",
        "Explained how to add household members later.",
    ),
    Story(
        Category.HOW_TO,
        "Which living situation for a motel paid by a church?",
        "Intake at {project}: the motel was paid by a congregation for five nights. Which answer is right?",
        "Hotel or motel paid for by an organization counts as emergency shelter, so choose that one.",
        "Answered with the living situation to choose.",
    ),
    Story(
        Category.HOW_TO,
        "Export of our own client list",
        "We would like a list of everybody enrolled in {project} in {month} for our own records. Where do I find it?",
        "Under Reports, Client list, choose your provider and the month. The list stays inside the "
        "system; please do not mail it.",
        "Shown where the report is.",
        more="Found it. Can the list leave out those who were only referred?",
    ),
    Story(
        Category.HOW_TO,
        "Annual assessment: from which day does it count?",
        "Client ID {client} entered {project} on the last day of a month. When is the annual assessment due?",
        "Within 30 days before or after the anniversary of the project start of the head of household.",
        "Explained the window of the annual assessment.",
    ),
    Story(
        Category.DATA_CORRECTION,
        "Two records for one client",
        "Client IDs {client} and {other} are one person; both have enrollments in {project}. Please merge.",
        "Merged into the older record. Please check the two enrollments of last spring.",
        "Records merged; checked by the agency.",
        note="Names and birth dates agree in both records, enrollments do not overlap.",
    ),
    Story(
        Category.DATA_CORRECTION,
        "Enrolled in the wrong project",
        "I enrolled client ID {client} in {project} instead of our other project. Services are recorded already.",
        "Moved the enrollment with its services; the entry date stays as it was.",
        "Enrollment moved.",
    ),
    Story(
        Category.DATA_CORRECTION,
        "Exit date is one year off",
        "The exit of client ID {client} from {project} says last year. It should be this year, same day and month.",
        "Corrected. The monthly report will show it from tomorrow.",
        "Exit date corrected.",
    ),
    Story(
        Category.ACCESS,
        "Locked out after the weekend",
        "The system says my account is locked. I typed the old password on Saturday.",
        "Unlocked. A new temporary password comes by telephone in a few minutes.",
        "Account unlocked, new password given by telephone.",
    ),
    Story(
        Category.ACCESS,
        "Needs to see one more project",
        "I now also work in {project} and cannot see it in my list.",
        "Your authorized representative has to ask for it; I have told them how.",
        "Referred to the authorized representative.",
        more="They have sent the request today.",
    ),
    Story(
        Category.TRAINING,
        "Practice case: which income counts?",
        "In practice case 2, does the one-time tax refund count as income?",
        "No, only what comes in regularly. Leave it out and go on with the next screen.",
        "Explained income in the practice case.",
    ),
    Story(
        Category.TRAINING,
        "Missed half of the webinar",
        "My connection dropped during the new user session of {month}. Can I watch the rest?",
        "Please join the next one; the second half is the part that the quiz is about.",
        "Invited to the next session.",
    ),
    Story(
        Category.ENHANCEMENT,
        "Wish: remember the last project",
        "I work in {project} all day and choose it forty times. Could the page remember it?",
        "A good wish. It is on our list for the vendor; I will write when there is news.",
        "On the list of wishes for the vendor.",
        vendor="Several sites ask that the entry page remember the project chosen last by the same user.",
        vendor_says="Noted as a feature request. No date yet.",
    ),
    Story(
        Category.ENHANCEMENT,
        "A column for the case manager on the roster",
        "For {project} we print the roster every Monday. A column with the case manager would save us an hour.",
        "There is one, hidden: press Columns at the top right and tick Case manager.",
        "The column exists; shown where.",
    ),
    Story(
        Category.SECURITY,
        "A laptop was left in a taxi",
        "A laptop of ours was left in a taxi last night. It asks for a password and the disk is encrypted.",
        "Thank you for telling us at once. I have ended all sessions of that user. Please send the "
        "police report number.",
        "Laptop returned unopened; sessions ended, password changed.",
        note="Told the security officer of the agency by telephone.",
    ),
    Story(
        Category.SECURITY,
        "Somebody used my colleague's sign-in",
        "I saw a volunteer work under my colleague's name at the front desk of {project}.",
        "We have ended the session. Please have both call us today; the volunteer gets an own license or none.",
        "Both users were spoken to; the agency was reminded that licenses are personal.",
    ),
    Story(
        Category.OTHER,
        "New telephone number of our office",
        "Our office number has changed. Who needs to know?",
        "Noted here, thank you. The public list of agencies shows it from tomorrow.",
        "Number changed in the list of agencies.",
    ),
    Story(
        Category.OTHER,
        "Point-in-time count: how many forms?",
        "How many survey forms does {project} need for the count in January?",
        "Take last year's number and add a fifth; the rest can be given back.",
        "Answered.",
    ),
)

OUT_OF_SCOPE = (
    Story(
        Category.OTHER,
        "Our printer does not print",
        "The printer at the front desk of {project} does not answer any more.",
        "",
        "This is not about the HMIS software; please ask whoever looks after your computers.",
    ),
    Story(
        Category.OTHER,
        "Wireless network in the shelter",
        "The wireless network is slow in the evening. Can you help?",
        "",
        "The network is your agency's own; we look after the HMIS software only.",
    ),
)

# Came by mail and holds what must be hidden. The numbers are of series that are never given to anybody.
MASKED = (
    Story(
        Category.DATA_CORRECTION,
        "Please correct a record",
        "Hello, the SSN in the record is wrong, it should be 000-12-3456. Client ID {client}. Thank you!",
        "Corrected. Please use the client ID only; mail is not safe for such numbers.",
        "Record corrected; the agency was reminded of what may be mailed.",
        is_masked=True,
    ),
    Story(
        Category.PROBLEM,
        "Duplicate at intake",
        "We have a second record at {project}. SSN 666-45-1234, date of birth 01/01/1901. Which one shall we keep?",
        "Keep the older one; I have merged them. Please send client IDs only.",
        "Records merged.",
        is_masked=True,
    ),
)
