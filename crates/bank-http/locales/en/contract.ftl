# Contracts made before or outside this service
contract-and = , {""}
contract-section = Contracts made outside this service
contract-section-lead = Older contracts that our lists know. A wallet's debits ¥0 here until it is linked anew.
contract-row = { $account }, { $kind }, { $started }
contract-kind = Kind
contract-kind-web = a wallet's (web direct debit)
contract-kind-kofuri = direct debit (utilities, cards)
contract-since = since { $day }
contract-since-unknown = the list does not know since when
contract-started = Began
contract-listed = List it was seen in
contract-code = Collector code
contract-case = Case number
contract-elsewhere = Made outside this service
contract-silent = Older contracts cannot be shown now
contract-silent-what = The bank’s system does not answer. The contracts are still there: open this page again later. Links above can be stopped now as ever.
contract-unknown = What is not known here
contract-limits = Our lists know who debits and from which account. What was taken through older systems is not shown here: look at your passbook. There may be contracts that no list knows.
contract-none = The lists we took over know no contract made outside this service. There may be contracts that no list knows: look at your passbook or ask at a branch as well.
contract-state-zero = ¥0 here, please check
contract-state-listed = In force
contract-state-unlisted = Gone from the list
contract-state-ended = Ended
contract-state-replaced = Replaced by a new link
contract-state-holding = Being paused
contract-state-held = Paused
contract-state-stopping = Being stopped
contract-state-stopped = Stopped
contract-what-zero = In the list of { $listed }. Until you link it anew, it cannot debit a single yen here. If you do not know it, stop it.
contract-what-kept = In the list of { $listed }. You said that it is yours. To use it, link the account anew from the wallet. Until then it is ¥0 here.
contract-what-listed = In the list of { $listed }. It debits as before.
contract-what-unlisted = The list of { $at } does not name it. Whether it is over or was forgotten is not known. If you do not know it, stop it.
contract-what-ended = Over since { $at }, says the list of { $listed }.
contract-what-replaced = Ended at { $at }, because you linked the account anew.
contract-what-holding = Stopped at { $at } by whoever looks after the accounts. The older system was told to pause it and has not answered yet. Until it does, look at your passbook as well.
contract-what-held = Stopped at { $at } by whoever looks after the accounts. It is paused in the older system too and debits nothing.
contract-what-hold-asked = Stopped at { $at } by whoever looks after the accounts. The older system cannot pause it, so our staff call you at the number on file and ask. Until then it may still debit.
contract-what-stopping = Stopped at { $at }. The older system was told too and has not answered yet. Until it does, look at your passbook as well.
contract-what-stopped = Stopped at { $at }, in the older system too.
contract-what-by-hand = We took your stop at { $at }. Our staff must see to this one; until they are done it may still debit.
contract-what-stopped-by-people = We took your stop at { $at }, and our staff have seen to it.
contract-stop = Stop this contract
contract-stop-for-good = End this contract
contract-held-title = Stopped by whoever looks after the accounts
contract-held-holder = The contract is not over. End it with the button below if you do not need or know it. To go on with it, call the bank or come to a counter: two members of staff let it go on.
contract-held-delegate = The account holder was told. Whether it ends or goes on is theirs to decide. If it is urgent, have them call the bank.
contract-keep = This one is mine
contract-keep-hint = We note your answer. It allows no debit.
contract-know = What this page knows, and what it does not
contract-know-amounts = It does not know when and how much was taken through older systems. Look at the lines of your passbook.
contract-know-name = The name is the list's. It may be a company that collects for another.
contract-know-again = To go on using it, link the same account anew from the wallet. This contract then ends by itself.
contract-done-kept = Noted
    .what = It stays at ¥0 until it is linked anew.
contract-done-held = Stopped
    .what = The account holder was told. What the older system answers will be shown on this page.
contract-done-stopped = Stopped
    .what = It holds here at once. What the older system answers will be shown on this page.
contract-hold = Pause the contract with { $who }
contract-hold-button = Pause it
contract-hold-now = The older system is told to pause its debits, again and again until it answers. The contract does not end.
contract-hold-people = If the older system cannot pause it, our staff call the account holder and ask. Until then it may still debit.
contract-hold-back = The account holder is told at once. Ending it is theirs. If they wish to go on, two members of staff let it go on.
contract-end = Stop the contract with { $who }
contract-end-lead = When you press the button:
contract-end-now = It stops here at once.
contract-end-core = The older system (web direct debit) is told, again and again until it answers.
contract-end-people = Our direct debit desk is told. Until they are done it may still debit.
contract-end-collector = If you owe the company something, ask it for another way to pay.
stop-contracts = Debits under older contracts by { $who }
stop-contracts-now = Every contract named in the letter stops.
stop-contracts-elsewhere = The older system is told, again and again until it answers.
stop-contracts-case = We begin an inquiry and give you its number.
notice-contract_stopped-subject = [{ $bank }] The older contract with { $collector } was stopped
notice-contract_stopped-body =
    The older contract of your account { $account } with { $collector } was stopped.
    The older system is being told. See the outcome on the customer page of { $bank }.
    If you know nothing of this, open the official site of { $bank } from your bookmark or the official app and tell us.
    This notice has no link. A notice with a link is false.
notice-contract_held-subject = [{ $bank }] Whoever looks after your accounts stopped the older contract with { $collector }
notice-contract_held-body =
    Whoever looks after your accounts stopped the older contract of your account { $account } with { $collector }. The contract is not over.
    The older system is being told to pause it. If it cannot, our staff call you at the number on file and ask.
    If you do not need it, end it in the portal of { $bank }. To go on with it, call { $bank } or come to a counter.
    This notice has no link. A notice with a link is false.
notice-contract_resumed-subject = [{ $bank }] The older contract with { $collector } goes on
notice-contract_resumed-body =
    As you asked, two members of staff let the older contract of your account { $account } with { $collector } go on. The older system may debit again.
    If you did not ask for this, call { $bank } now at the number on your passbook or card, or stop it in the portal.
    This notice has no link. A notice with a link is false.
notice-contract_letter-subject = [{ $bank }] Please check older contracts of your account ({ $reference })
notice-contract_letter-body =
    These companies have a contract to debit your account:
    { $contracts }

    In 2020 people lost money through contracts they knew nothing of. At our bank these contracts cannot debit a single yen until you link them anew. If you do not answer, they stay at ¥0.

    Link a contract that you use anew, from the wallet, with the same account.
    Stop one that you do not use or do not know.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    We never ask for a PIN or a balance. This letter has no link. A letter or mail with a link is false.
    Number of this letter: { $reference }

## Staff
desk-kind-contract = Stop of an older contract
desk-nav-contracts = Older contracts
held-title = Contracts stopped by a delegate
held-lead = They are not over. One goes on only when the holder themself wishes it, called back at the number on file or at a counter, and never because a delegate or a company asks. To end one, stop it for the caller as usual.
held-reason = What the holder asked for
held-reason-hint = When, and how you made sure that it was them. No account numbers or names.
held-ask = Ask for approval to let it go on
held-approval = Let a contract go on that a delegate stopped:
step-contract_resume_asked = Approval was asked for to let a stopped contract go on
contracts-title = Older contracts
contracts-lead = Lists of contracts made outside this service, letters to their holders, and how far they have come.
contracts-progress = Progress
contracts-chart = Of { $wallets } contracts of wallets
contracts-count = Contracts
contracts-table = The figures as a table
contracts-bar-written = Written to
contracts-bar-replaced = Linked anew
contracts-bar-kept = Theirs
contracts-bar-stopped = Stopped
contracts-bar-returned = Returned
contracts-bar-silent = Silent
contracts-silent-note = Silent ones stay at ¥0, for as long as they are silent.
contracts-waiting = Not written to yet
contracts-no-address = Nobody to write to (no such account, no address)
contracts-ended = Over, says the list
contracts-others = Direct debits (no letters)
contracts-counted = Counted at
contracts-letters = Letters
contracts-running = Writing
contracts-paused = Paused
contracts-written = { $total } letters so far, { $waiting } contracts left.
contracts-letters-note = To the address on file, not forwarded, one per person, without any sign-in link.
contracts-per-day = Letters a day at most
contracts-per-day-hint = By Japan's calendar. At most { $most }.
contracts-start = Start, or change the number
contracts-pause = Pause
contracts-reference = Number of a letter that came back
contracts-reference-hint = Ten letters, on the envelope and at the end of the letter.
contracts-returned = Note that it came back
contracts-lists = Lists taken over
contracts-lists-none = No list yet.
contracts-list = { $kind }, list of { $day }
contracts-kind = Kind
contracts-kind-web = Web direct debit (wallets)
contracts-kind-kofuri = Direct debit
contracts-rows = Contracts
contracts-changes = Differences
contracts-diff = { $fresh } new, { $described } changed, { $ended } ended, { $unlisted } gone from the list, { $contradicted } stopped and yet in force
contracts-brought = Brought by
contracts-state-waiting = Waits for a second person
contracts-state-applying = Being taken over
contracts-state-done = Done
contracts-state-declined = Declined
contracts-accept = Accept
contracts-decline = Decline
contracts-upload = Bring a list
contracts-upload-lead = One person brings it, another accepts it. One wrong line refuses all of it.
contracts-file = File
contracts-file-hint = CSV (UTF-8 or Shift_JIS), or direct debit records 91. Up to 6 MB; the operator takes larger ones. Do not save it again with a spreadsheet.
contracts-day = The day it is true of
contracts-day-hint = Only for records 91, which have no year.
contracts-branches = New branches
contracts-branches-hint = Three digits each, with commas, for branches newer than the list of branches.
contracts-check = Check it and ask for a second person
contracts-done-uploaded = Checked. It waits for another member of staff.
contracts-done-accepted = Accepted. It is taken over in a moment.
contracts-done-declined = Declined.
contracts-done-mailing = Changed.
contracts-done-returned = Noted. The contracts stay at ¥0.
contracts-refused = It was not taken
contracts-refused-nothing = Nothing has changed, neither what customers see nor any money. Bring the corrected file.
contracts-wrong = Line { $line }: { $why }
contracts-older = The list of { $day } was taken over already. An older one is not taken.
contracts-future = The list says that it is of { $day }, which has not come yet. Every later list would be older than it.
contracts-busy = Another list of this kind is being taken over. Bring it when that is done.
register-fault-io = The file cannot be read.
register-fault-not_a_register = Not a register: it begins neither with KANUKI-REGISTER nor with a header of kind 91.
register-fault-utf16 = The file is UTF-16. Export it as UTF-8 or Shift_JIS.
register-fault-control = The first line is not as documented.
register-fault-other_kind = The file is of another kind than the one you chose.
register-fault-other_bank = Another bank's, or the zeros of the bank's code are lost.
register-fault-no_date = This layout has no year. Fill in the day it is true of.
register-fault-headings = A heading is missing, doubled or unknown.
register-fault-encoding = Other characters than in the lines before. Was it saved again by another program?
register-fault-too_long = The line does not end. Is a quotation mark missing?
register-fault-cells = Not as many cells as headings.
register-fault-cell = { $field } cannot be that.
register-fault-spreadsheet = { $field } is not written in full. Spreadsheets take zeros away: export it again and bring it unopened.
register-fault-date = { $field } is not a date.
register-fault-date_order = { $field } does not fit the other dates.
register-fault-unknown_branch = { $field }: the list of branches has no such branch. If it is new, name it under new branches.
register-fault-duplicate = The same contract is on an earlier line.
register-fault-count = Not as many rows as promised. Is the end missing?
register-fault-record = Not records 91 as they must be.
register-fault-too_many = Too many rows.
