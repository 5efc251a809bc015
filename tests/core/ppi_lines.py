"""Lines of the kind that help desks get, our own. «» stand round what may not be shown; the second list holds none.

In the second is what a machine stumbles over: numbers of cases and requests, telephones of offices, addresses, dates of
reports, fiscal years, HUD's codes.
"""

from __future__ import annotations

WITH = """
Client «Jane Doe», DOB «01/02/1980», cannot be enrolled.
SSN «512-60-9981» is already taken by another record.
ssn: «512 60 9981»
SSN is «512609981», please merge
Her social security number is «512-60-9981».
social security # «512.60.9981»
The SS# on file reads «512-60-9981», should be «512-60-9918».
«512-60-9981» is the number I typed.
It will not take «512-60-9981» in the SSN field
The last four of her SSN are «9981».
last 4 SSN: «9981»
SSN ending in «9981» comes up twice
SSN shows as XXX-XX-«9981» for both of them
«512609981» is her SSN
Seguro social «512-60-9981»
the client's SSN («512-60-9981») was entered wrong
Two records share «512-60-9981» and «412-61-1234».
SSN = «512–60–9981»
DOB «3/14/1975»
D.O.B. «03-14-75»
dob: «1975-03-14»
Date of birth is «March 14, 1975» not «May 14, 1975».
date of birth «14 March 1975»
She was born on «March 14th, 1975».
born «3/14/75», enrolled last week
His birthday is «July 4, 1990».
Birth date: «07/04/1990»
The birthdate should be «07/04/1990» and not «04/07/1990»
birthdate entered as «07041990», cannot change it
«07/04/1990» is the DOB on the intake form.
Please correct the DOB from «07/04/1990» to «07/04/1991».
Fecha de nacimiento: «14/03/1975»
nacida el «14/03/1975»
Date de naissance : «14/03/1975»
DOB:
«03/14/1975»
client name: «Jane Doe»
Client Name: «jane doe»
Client's name is «Jane Doe».
The client's legal name is «Jane Marie Doe»
The client named «Jane Doe» was exited by mistake.
Our client, «Jane Doe», shows up twice.
My client «Jane Q. Doe» needs a new project entry.
participant «Marcus O'Neil» has two open enrollments
Participant: «Marcus O'Neil»
Head of household «Marcus O'Neil» is missing from the household.
HoH: «Marcus O'Neil»
head of household is «Luz de la Cruz»
Please delete client «Luz de la Cruz», entered by mistake.
client «Mary-Anne Ruiz» will not save
Client «Nguyen Thi Hoa» appears in both projects
clients «Jane Doe» and «Marcus O'Neil» are one household
Tenant «Marcus O'Neil» moved out.
Guest «Dolores Pike» left the shelter on Friday.
Applicant «Dolores Pike» is on the list twice.
the survivor «Dolores Pike» must not be shared
household member «Tommy Pike» was left out
Patient «Dolores Pike» was referred.
The name of the client is «Dolores Pike».
Name of client: «Dolores Pike»
client Mr. «Harold Pike» signed the form
New client «Harold Pike», no SSN given.
«Jane Doe», DOB «1/2/1980»
«Jane Doe» («1/2/1980» is the date of birth)
«Jane Doe» SSN «512-60-9981»
Please merge «Jane Doe» «512-60-9981» into the older one.
Client phone: «816-555-0134»
Her cell is «(816) 555-0134», she can be called.
The client's phone number is «816.555.0134»
You can reach his mobile at «816 555 0134».
Client's number is «+1 816 555 0134»
phone number of the client «816-555-0134»
I attach «ssn_card.jpg» so you can see.
See «drivers-license.png» for the spelling.
The scan is called «birth_certificate.pdf».
Attached: «passport.jpg»
>> client name: «Jane Doe»
- Client: «Jane Doe»
* DOB: «01/02/1980»
Consumer «Leroy Banks» is listed under the wrong agency.
Client «José Ángel Muñoz» cannot be found in the search.
Client "«Jane Doe»" cannot be found.
SSN «219,09,9999» will not save
SSN: «219_09_9999»
Social: «219/09/9999»
social is «219 / 09 / 9999»
«219/09/9999» is her SSN
S.S.N. «219099999»
s.s.n.: «219 09 9999»
S. S. N. «219-09-9999»
SSN «2 1 9 0 9 9 9 9 9»
SSN: «2 1 9 - 0 9 - 9 9 9 9», as she reads it to me
her social is «2-1-9-0-9-9-9-9-9»
SSN-«219-09-9999»
SSN_«219_09_9999»
SSN«219099999»
It says «219_09_9999» on the card.
It says «219‐09‐9999» on the card, or «219 09 9999».
DOB «01 02 1980»
DOB«1/2/1980»
dob «01_02_1980»
DOB: «01‑02‑1980»
Her cell is «816/555/0134».
Can you look up «Jane Doe» for me, she was here in May?
we had «jane doe» in bed 4 last night and now she is gone from the list
Please fix SSN «431-22-8765» on the record of case 104877.
The client gave us «431-22-8765» as SSN, HMIS has another.
SSN on the card: «431 22 8765»
Her SSN: «431228765»; his is blank.
We typed SSN «431-22-8756» by mistake, it is «431-22-8765».
SSN's last four «8765» match two people
Duplicate SSN warning: «431-22-8765»
RE: SSN «431-22-8765» - urgent
FW: wrong social («431-22-8765»)
Soc Sec «431-22-8765»
soc. sec. no. «431-22-8765»
SS no «431-22-8765»
Número de seguro social «431-22-8765»
She changed her SSN from «431-22-8765» to «431-22-8766».
The baby has SSN «431-22-8765» but no card yet.
I looked up «431-22-8765» and found nobody.
merge «431-22-8765» with case 98012
SSN#«431-22-8765»
Soc: «431228765»
The system says «431-22-8765» belongs to somebody in another agency.
DOB was entered as «5/6/1992», should be «6/5/1992».
dob «5-6-92»
DOB «05.06.1992»
DOB is «1992/05/06» in the import file
his DOB («5/6/1992») is in the future, says HMIS
the DOB of the child is «9/1/2019»
Child born «9/1/2019» cannot be added to the household.
baby was born on «September 1, 2019»
Born: «September 1, 2019»
Her birthday is «Sept 1, 2019».
Birthdate «9-1-2019» is refused
date of birth: «1 September 2019»
Date of Birth «09/01/2019» (child)
Birthday «09/01/2019», she turned seven
The D.O.B. on file is «09/01/2019».
«09/01/2019» is her birthday
«9/1/2019» (DOB) must be changed
Change the birth date to «9/1/2019» please.
client «Alma Reyes» is enrolled twice
Client: «Alma Reyes», case 104877
CLIENT «ALMA REYES» CANNOT BE FOUND
Client name is «Alma Reyes»
clients «Alma Reyes» and «Luis Reyes» share one household
The client is «Alma Reyes», entered last night.
our participant «Alma Reyes» left on Sunday
The participant's name is «Alma Reyes».
Guest: «Alma Reyes»
tenant «Alma Reyes» got a voucher
Patient «Alma Reyes» has two records
HOH «Alma Reyes» should be «Luis Reyes»
Head of household: «Alma Reyes»
The head of household, «Alma Reyes», died in May.
Household member: «Luis Reyes»
survivor «Alma Reyes» asked us to lock the record
new client «Alma Reyes-Ortiz»
My client, «Alma Reyes», says her record is shared.
applicant «Alma Reyes» was on the waitlist
consumer «Alma Reyes» withdrew consent
client «Alma Reyes» DOB «5/6/1992»
«Alma Reyes» DOB «5/6/1992»
«Alma Reyes» (DOB: «5/6/1992»)
«Alma Reyes», SSN «431-22-8765»
Client «DeShawn Little» shows twice
Client «Mary Ann O'Brien» will not save
client «Anh Thu Pham» was exited
client «Xóchitl Núñez» has no exit date
client's phone «913-555-0177»
the client's cell: «(913) 555-0177»
Call the client at «913-555-0177».
Her phone number is «913.555.0177»
his number «913 555 0177» is out of service
Client can be reached at «913-555-0177».
See the file «id_card.png».
«driver_license.jpg» is attached
«social-security-card.jpeg» attached for the correction
«birth-certificate.pdf» is attached
I scanned «ssn.pdf» for you
> DOB: «5/6/1992»
> > client name: «Alma Reyes»
| SSN | «431-22-8765» |
"SSN","«431-22-8765»"
SSN	«431-22-8765»
DOB	«05/06/1992»
Client Name	«Alma Reyes»
Name of client «Alma Reyes»
Nombre: la clienta nació el «6/5/1992»
fecha de nacimiento «06/05/1992»
date of birth of the client is «May 6, 1992»
May be «431-22-8765» or «431-22-8756», I cannot read it.
Intake for «431-22-8765» fails at the last step.
"""

WITHOUT = """
I cannot log in since Friday.
The report shows 512 rows, 60 of them empty, and 9981 in total.
My phone is 816-555-0134, call me any time.
Office: (816) 555-0134, fax (816) 555-0135
Please reset the password for Ana Petrov.
Thanks, Dana Reyes, Harbor House
Client 48812 cannot be enrolled.
Client ID 48812 and client ID 48813 are the same person.
client #004881 is missing from the bed list
Please merge 48812 into 48813.
The enrollment of 11/20/2026 should be 11/21/2026.
The move-in date was 10/01/2026 and the exit 11/01/2026.
Our report is due on January 31, 2027.
We need access for a new user who starts on 12/01/2026.
User Robin Vale left the agency on 11/18/2026.
Robin Vale needs a license for the Rapid Re-Housing project.
Client Services cannot see the dashboard.
The Client Profile page stays white.
Client Consent form will not upload.
Head of Household field is gray.
Head of household is missing for 12 households.
What does Participant Count mean in the APR?
The Data Quality Report counts 14 clients twice.
Please call the Client Advocate at Harbor House.
Every client has a blank SSN since the update.
SSN is a required field, why?
Do we have to enter the SSN when the client refuses?
How do I record "Client doesn't know" for date of birth?
Is an approximate DOB allowed?
The DOB field will not take two-digit years.
DOB quality is 93 percent, 7 percent missing.
SSN data quality: 9981 records complete
The birth date column of the CSV export is empty.
Error 500 at 11:42:07, request 8f3a-22-1904
Ticket 12345-67-8901 from last year had the same cause.
Invoice 123456789 is not ours.
Our grant number is MO0123L7P042301.
Tax ID 12-3456789 of the agency
Zip code 64108-2415 is refused.
Address: 1200 Main Street, Kansas City, MO 64108
See section 4.12.3 of the manual.
Version 3.14.159 of the browser
IP 192.168.10.254 is blocked.
Order 4411-22-33445 of headsets
Part number 123-45-678 is out of stock.
The number 000-12-3456 is a placeholder in the training site.
Use 999-99-9999 when it is unknown?
The test record has 900-00-1234.
The training is on March 14, 2026 at 9:00.
It was reported on 3/14/2026 by Tam Nguyen.
Tam Nguyen will call Rosa Lind on Monday.
From: Rosa Lind <rosa@agency.test>
On Fri, Nov 20, 2026 at 9:00 AM Erin Doyle wrote:
Erin Doyle, Case Manager, Harbor House
Best regards, Mina Cole
Dear Theo Marsh,
The Lead's number is 555-0134.
Text me at 816 555 0134 when it is fixed.
Our CoC is MO-604.
Please add the funding source ESG-CV 2026-11-01.
Project 1234 opened 2026-07-01.
Kansas City
Clients in Kansas City cannot be searched.
Clients from Casa Sol are not visible to us.
Our clients at Harbor House are missing.
Participants Without Exit Dates report is slow.
Guests and volunteers use the same kiosk.
the tenant portal is down
Client Portal is down.
ClientPoint is slow today.
Client Notes are cut off at 500 characters.
Patient Health Questionnaire is not in the list.
The Applicant List is sorted wrongly.
I attach screenshot.png so you can see.
See report_2026-11-20.xlsx for the list.
Attached: Data Quality Plan.pdf
The export is called households.csv.
image001.png
The last four weeks were fine.
The last 4 digits are cut off in the export.
The session ends after 1500 seconds.
We were born out of a merger in 2012.
Social services asked for a list of all projects.
The social worker cannot log in.
Please call 2-1-1 for shelter.
Bed 12-34 is double booked.
Room 101-02-0003 is not in the list.
My employee number is 512609981.
The SSN was empty on 11/20/2026, 3 rows
SSN is missing on rows 1, 2, 3, 4, 5, 6, 7, 8, 9
SSN entered on 11/20/2026 at 9:00
SSN error since version 12.04.2026
The SSN column is 9 wide, the total 100,200,300.
SSNs: 219/88 of 9999 rows are masked
Is this the S.S.N. field of 2026?
Dial 1 2 3 4 5 6 7 8 9 to test the keypad.
DOB is missing in 12 of 2026 records.
Amounts are 219,09 and 9999.
Case 104877 cannot be merged into 98012.
Case number 104-87-7 is how we wrote it before.
Case no. 2026-11-0412 was closed.
HMIS client ID 431228765 is nine digits long.
Client ID: 431228765
client 431228 has two move-in dates
Client #98012, exit date 10/31/2026
The client with ID 104877 moved in on 11/02/2026.
Client 104877 entered on 5/6/2026 and left on 9/1/2026.
Ticket 4711 is about the same.
Ticket #104877 was closed on 11/18/2026.
Ticket 20261120-0009 again
See request 8120 and request 8121.
Vendor case CS-4711 has no answer yet.
Vendor case number 431-228-765 is still open.
Confirmation number 4312-28765
Our help desk's phone is 913-555-0177.
The office phone is (913) 555-0177, extension 12.
Call our front desk at 913-555-0177 before noon.
Fax: 913-555-0178
My direct line is 913.555.0177.
Phone of the office: 913-555-0177
Cell 913-555-0177 (Tam Nguyen, Harbor House)
Please call me back at 913 555 0177.
Toll-free 1-800-555-0177
The number of the help desk is 913-555-0177.
Tel. 913-555-0177 | Harbor House | 1200 Main Street
1200 Main Street, Suite 431, Kansas City, MO 64108
PO Box 228765, Jefferson City, MO 65102
4312 Oak Avenue, Apt 22, Santa Rosa, CA 95401-2287
Our new address from 12/01/2026 is 55 Second Street.
The shelter at 431 West 22nd Street has 65 beds.
ZIP 95401-8765 is not accepted.
The APR from 10/01/2025 to 09/30/2026 is empty.
Report dates: 10/01/2025 - 09/30/2026
Report run on 11/20/2026 at 4:30 PM
LSA for 10/1/2025 to 9/30/2026 shows flags.
The PIT count is on January 27, 2027.
HIC and PIT 2027 are due April 30, 2027.
The SPM for 2026 compares with 2025.
FY2026 data, FY 2025 data
Fiscal year 07/01/2026 to 06/30/2027
FY 26-27 budget line 431-22
SFY2027 starts on July 1, 2026.
The CAPER covers 07/01/2025 through 06/30/2026.
Quarter 3 ends 09/30/2026.
Grant term 5/6/2026 to 5/5/2027
Grant MO0123L7P042301 ends on 6/30/2027.
CoC code CA-504 has two collaborative applicants.
HUD element 3.07 is missing.
HUD 3.917A changed in October.
Data element 4.05 allows 99.
Field 3.03, date of birth, is required.
Which response is 8 and which is 9 in element 3.02?
Project type 13 needs a move-in date.
Project type 1, funder 20, geocode 290000
Geocode 064314 is not in the list.
Value 99 means data not collected.
FIPS code 29095
The CSV has Enrollment.csv and Exit.csv.
Export ID 431228765 failed.
EnrollmentID 431228765 has no exit.
PersonalID 98012 appears twice in Client.csv.
HouseholdID 228765 has two heads.
Error code 0x431228765
Error ORA-12154 since the update
HTTP 502 from 10.43.122.87
Windows build 10.0.19045.3693
Chrome 119.0.6045.160 on Windows 11
Version 5.6.1992 of the driver
Serial number 431-22-87650
Invoice 2026-0431 of 11/01/2026
Purchase order 43122-8765
Check number 43122876
EIN 43-1228765
DUNS 431228765
UEI JX4LK3N7P9Q1
License number 431228 was given to Robin Vale.
We have 431 users, 22 agencies and 8765 clients.
The bed count is 65, 22 of them overflow.
Utilization was 87.65 percent in May.
The dashboard shows 4,312 clients.
$431,228.76 was drawn.
User training on 12/09/2026, 9:00 to 11:30
The webinar ID is 843 1228 7651.
Meeting ID: 431 228 765
Zoom passcode 228765
Conference line 913-555-0177, code 431228#
Our user Tam Nguyen needs a new password.
Tam Nguyen left on 11/18/2026.
Please give Rosa Lind access to Night Shelter.
Rosa Lind, Program Manager
Thank you, Erin Doyle
Erin Doyle started on 11/02/2026.
Sent from my phone
Sent: Friday, November 20, 2026 4:30 PM
To: help@hearthdesk.test
Cc: Dana Reyes; Mina Cole
Subject: RE: Ticket 4711
On 11/20/2026 Dana Reyes wrote:
Dana Reyes said the client list is empty.
Ana Petrov will look at the client record on Monday.
Mina Cole asked how clients are counted.
The agreement was signed on May 6, 2026.
The agency joined on 5/6/1992.
Harbor House was founded on May 6, 1992.
The policy was adopted 05/06/2019 and changed 09/01/2019.
Certificate issued 09/01/2026, expires 09/01/2027
Consent expires on 9/1/2027.
ROI dated 9/1/2026 is missing.
The release begins on 09/01/2026 and ends on 09/01/2027.
Exit date 09/01/2026 is before entry date 09/02/2026.
Annual assessment due between 8/2/2026 and 10/1/2026
Move-in on 9/1/2026 was not saved.
Can the DOB be left empty?
The DOB column sorts wrongly.
DOB and SSN are both missing for 12 clients.
SSN type 2 is approximate or partial.
SSN data quality code 99
Where do I see who changed an SSN?
Please hide SSNs for volunteers.
Clients born after the report date are counted.
Client search by birth date is slow.
Client list for Night Shelter
Client counts differ between APR and CAPER.
Clients Served report 2026
Client Location is required.
Client Consent form 2026
Client Dashboard widget is empty
Head of Household flag
Participants in Rapid Rehousing
Guest Wi-Fi does not work.
Tenant Based Rental Assistance
Applicant Portal of the county
Patient Portal link is broken.
Household Information tab
Client Advocate training on December 9
I attach error_2026-11-20.png.
license_request.pdf is attached
See id_list.csv for the case numbers.
APR_FY2026.zip
ROI template.docx
Agency phone list.xlsx
Badge 43122 does not open the door.
The car plate is 431 BHT.
Room 431, floor 22
Bus line 87 stops at 65th Street.
Hours are 8:00-17:00, Monday to Friday.
911 was called at 4:31.
"""
