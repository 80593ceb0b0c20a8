# Delegates: people who may look at accounts and stop, and do nothing else
delegate-link = I look after somebody's account
nav-delegate = Looking after
by-delegate = the delegate
lock-by-delegate = Locked by the delegate at { $at }.
delegate-banner = You look after this account
delegate-banner-what = You can look, stop, lock and lower. The holder is told of everything you do, at once.
delegate-stop-now = From now on this company cannot debit. The money stays in the holder's account.
delegate-stop-told = Every contact of the holder and the wallet are told.
delegate-stop-back = If the holder wishes, two of our staff can undo it.
delegate-not-kofuri = Direct debits for utilities, rent and the like can be stopped by the holder alone.
done-paused = Debits stopped
    .what = This company cannot debit for now. We told the holder.
delegates-title = Have your family look after it
delegates-body = Somebody you trust can watch the debits and stop them when something is wrong. They cannot move money.
delegates-open = Delegates
delegates-lead = A delegate sees your links and stops them, on their own device with their own passkey. Three at most.
delegates-can = What a delegate can do
delegates-can-see = See who may debit, how much was taken, and who asked.
delegates-can-stop = Stop a link, lock your accounts against new ones, lower a cap. You are told each time.
delegates-cannot = They cannot move money, link, raise a cap, unlock or change a contact. They do not see your balance.
delegates-year = It ends by itself after a year. You can end it at any time, at once.
delegates-full = Three delegates at most. To ask somebody else, end one first.
delegates-passkey = Asking a delegate takes a sign-in with a passkey or your identity card. Without either, call us or come to a branch.
delegates-invite = Ask somebody
delegates-label = What you call them
delegates-label-hint = Such as "daughter", up to 20 letters. It stands in notices.
delegates-label-wrong = Write a name of up to 20 letters.
delegates-tell = Let them know, too, when the bank tells me something
delegates-nobody-asks = Do not do this because somebody from "the bank" or "the police" says so. Our staff never ask for it.
delegates-name = { $label } ({ $number })
delegates-invited = invited
delegates-active = looking after
delegates-lapsed = time is over
delegates-ended = ended
delegates-until = The code can be used until { $at }
delegates-since = from { $since } until { $at }
delegates-ended-at = ended at { $at }
delegates-told = They hear when we tell you something.
delegates-not-told = They do not hear of notices.
delegates-end = End it
delegates-renew = Another year
delegates-past = Past delegates
delegates-done-ended = It has ended
    .what = This person sees nothing and can do nothing any more.
delegates-done-renewed = Another year
    .what = We told every contact on file.
delegates-check = Ask this person?
delegates-check-lead = You sign the following. Every contact on file is told.
delegates-sign-can = Look at your links, stop, lock and lower. No money can be moved.
delegates-how-long = How long
delegates-sign-year = A year from when they begin. You can end it at any time.
delegates-sign = Ask with a passkey
delegates-leave = Leave it
delegates-coached = Did somebody tell you to do this?
delegates-coached-what = A stranger who becomes your delegate learns where your account is linked. Go on only for somebody you chose yourself.
delegates-code-title = Hand over this code
delegates-code-lead = It is shown here once.
delegates-code = Invitation code
delegates-code-one = Give the code to the person yourself.
delegates-code-two = On their own device they open "I look after somebody's account" on our page and type it.
delegates-code-until = It works once, until { $at }.
delegates-code-done = Done
delegate-title = Looking after an account
delegate-lead = You see the links of the account of whoever asked you, and can stop them when something is wrong.
delegate-number = Number
delegate-from = Since
delegate-until = Ends by itself
delegate-can = What you can do
delegate-can-see = See who may debit, how much was taken, and who asked.
delegate-can-stop = Stop a link, lock the accounts against new ones, lower a cap.
delegate-cannot = You cannot move money, link, raise a cap, unlock or change a contact. You do not see the balance.
delegate-holder-told = The holder is told of everything you do, and can end this at any time.
delegate-told = When we tell the holder something, you hear that we did.
delegate-not-told = You do not hear when we tell the holder something. Look now and then.
delegate-open = Look at the links
delegate-leave = Stop looking after it
delegate-leave-what = You see nothing any more at once, and the holder is told.
delegate-sign-in = Sign in as a delegate
delegate-sign-in-lead = Sign in with the passkey that you made for it.
delegate-have-code = I have an invitation code
delegate-join = Become a delegate
delegate-join-lead = Type the code you were given by the holder of the account, and make a passkey on this device.
delegate-join-code = Invitation code
delegate-join-code-wrong = This code cannot be used: mistyped, used or too old. Ask the holder of the account.
delegate-join-to = Mail address or telephone number for notices
delegate-join-to-hint = We write to it only if the holder wishes so too.
delegate-join-to-wrong = This is neither a mail address nor a telephone number.
delegate-join-optional = optional
delegate-join-careful = Do not type a code from a stranger
delegate-join-careful-what = All we ask for here is a passkey on this device. We never ask for a PIN or an account number.
delegate-join-passkey = Make a passkey
delegate-join-passkey-lead = This passkey is for looking after the account, and nothing else.
delegate-join-passkey-what = When you make it, every contact of the holder is told.
stop-delegate = The delegate of your account
stop-delegate-now = This person sees nothing and can do nothing any more, at once.
stop-delegate-links = Links go on. To stop one, use the stop code of a notice about it.
delegate-act-stop_all = Every wallet's link was stopped and every account locked. Direct debits for utilities and the like, cards and machines go on.
delegate-act-stop = One link was stopped. Two of our staff can undo it.
delegate-act-stop_contract = One of the wallets' contracts from before was stopped. It is not over: two members of staff can let it go on.
delegate-act-lock = One account was locked against new links.
delegate-act-lower = The caps of one link were lowered.
watched-topic-money = debits and payments in
watched-topic-approval = approval of a debit
watched-topic-lock = locks and requests to link
watched-topic-access = passkeys, contacts and looks
watched-topic-link = links
notice-delegate_invited-subject = [{ $bank }] Somebody was asked to look after your account
notice-delegate_invited-body =
    A person called "{ $label }" was invited to look after your account. They can look at your links and stop them. They cannot move money.

    If you do not know of it, stop it now.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-delegate_joined-subject = [{ $bank }] Somebody looks after your account now
notice-delegate_joined-body =
    "{ $label }" looks after your account now. It ends by itself at { $ends_at }.

    If you do not know of it, stop it now.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-delegate_renewed-subject = [{ $bank }] Your delegate goes on for another year
notice-delegate_renewed-body =
    By your signature "{ $label }" goes on until { $ends_at }.

    If you do not know of it, stop it now.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
notice-delegate_acted-subject = [{ $bank }] Your delegate did something
notice-delegate_acted-body =
    Your delegate "{ $label }", { $at }: { $act }
    Your money is in the account.

    If you never asked this person, or do not want to any more, you can end it.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-delegate_began-subject = [{ $bank }] What your delegate began was cut short
notice-delegate_began-body =
    Your delegate "{ $label }" began something at { $at }, and our systems cannot say whether it came to its end. What was begun: { $act }
    Your money is in the account. See how things stand in the portal of { $bank }, or call the number on your passbook or card.

    If you never asked this person, or do not want to any more, you can end it.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-delegate_ends-subject = [{ $bank }] Soon nobody looks after your accounts any more
notice-delegate_ends-body =
    "{ $label }" looks after your accounts until { $ends_at }. Then it ends by itself.
    To go on, press "Another year" under "Somebody looks after my accounts" in the portal of { $bank } and sign, or call the number on your passbook or card. If you do nothing it ends. Your money has nothing to do with it.

    If you do not want it any more, you can end it now.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-delegate_ended-subject = [{ $bank }] Nobody looks after your account any more under this name
notice-delegate_ended-body =
    "{ $label }" can neither look at your accounts nor stop anything any more.
notice-delegate_letter-subject = [{ $bank }] Invitation code for your delegate (to be received by you alone)
notice-delegate_letter-body =
    As you asked by telephone or at a branch, here is the invitation code for "{ $label }".
    Code: { $code }
    Give it to the person yourself. On their own device they open "I look after somebody's account" on the site of { $bank } and type it. It works once, within 14 days.
    They can look at your links and stop them. They cannot move money.
    If you did not ask for it, destroy this letter and call { $bank } at the number on your passbook or card. Nobody calls you to ask for the code, nor do our staff.
notice-watched-subject = [{ $bank }] About the account you look after
notice-watched-body =
    We told the holder of the account you look after something about: { $topic }.
    Open the site of { $bank } from your bookmark or the app and sign in under "I look after somebody's account" to see it, and to stop it.
    This notice has no link. One with a link is a fake.
# What a holder is told of
alerts-title = What we tell you
alerts-body = Choose which debits we tell you of, and whether of refused attempts too.
alerts-open = What we tell you
alerts-lead = Hearing more begins at once. Hearing less takes your passkey.
alerts-always = What we always tell
alerts-always-what = Requests to link, new links, stops, changed caps, locks, passkeys, changed contacts and delegates: every contact on file is always told. It cannot be switched off.
alerts-debits = Debits
alerts-debits-hint = Of the first debit of a link, and when small ones add up to this amount, we always tell you.
alerts-each = each
alerts-from = from { $amount }
alerts-where = Where we tell you of debits
alerts-where-hint = Links, stops and whatever matters go to every contact on file, whatever you choose here.
alerts-where-every = every contact on file
alerts-where-email = mail only
alerts-where-phone = telephone (SMS) only
alerts-attempts = Tell me of links and debits that were refused too (once in 24 hours)
alerts-attempts-short = Refused attempts
alerts-told = told
alerts-not-told = not told
alerts-less = To hear less you sign with your passkey on the next page.
alerts-choose = Set this
alerts-done = Changed
alerts-done-what = It works at once.
alerts-check = Hear less?
alerts-check-lead = You sign the following. Every contact on file is told that you did.
alerts-sign = Hear less, with a passkey
alerts-keep = Leave it as it is
notice-alerts_lowered-subject = [{ $bank }] You will hear less from us
notice-alerts_lowered-body =
    By your signature we tell you of fewer debits or attempts. Of new links, stops and the like we go on telling you.

    If you do not know of it, stop it now: the passkey that signed ends, and we tell you everything again.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-attempt_refused-subject = [{ $bank }] We refused an attempt
notice-attempt_refused-body =
    { $partner } asked for a link or a debit on your account, and we refused. No money moved.
    We tell you once in 24 hours at most. See "who asked" and the page of the link in the portal of { $bank }.
    This notice has no link. One with a link is a fake.
notice-debits_added_up-subject = [{ $bank }] Small debits by { $partner } add up to { $sum }
notice-debits_added_up-body =
    { $partner } debited { $amount } from your account { $account }. With it the small debits since we last told you are { $count }, { $sum } in all.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
notice-link_asked-subject = [{ $bank }] { $partner } asks to be linked
notice-link_asked-body =
    On a page that was signed in to with your passkey or the like, a link of your account with { $partner } was asked for. Nothing is linked yet. No money moved.
    Only your signature links it, and then we tell you again.

    If you know nothing of this, stop it at once. What signed in ends, and every link made since it was registered stops.
    Stop code: { $stop_code }
    Open the site of { $bank } from your bookmark or the app and type the code under "stop what was not you". No sign-in is needed.
    This notice has no link. One with a link is a fake.
# The letter of the month
month-taken = - { $partner }: { $count ->
        [one] once, { $sum }
       *[other] { $count } times, { $sum } in all
    }
month-taken-sum = In all: { $sum }
month-taken-none = Nothing.
month-linked = - { $partner } (account { $account }, until { $until })
month-linked-stopped = - { $partner } (account { $account }, stopped now)
month-linked-elsewhere = - { $partner } (account { $account }, an older contract)
month-linked-none = None.
month-locked = - Account { $account }
month-locked-none = None.
notice-monthly_letter-subject = [{ $bank }] Your account in { $month }
notice-monthly_letter-body =
    We have neither a telephone number nor a mail address of yours, so once a month we write how your account is linked.

    What linked companies took from your account in { $month }:
    { $taken }

    Companies that your account is linked to now:
    { $linked }

    Accounts that are locked against new links:
    { $locked }

    Other direct debits, such as electricity or cards, are not in this letter. See your passbook.
    If there is something you do not know, call { $bank } at the number on your passbook or card. Our staff stop it at once.
    You need not answer this letter. We never ask for a PIN or a code.
