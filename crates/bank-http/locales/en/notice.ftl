# Notices to people. No links and no telephone numbers (FT-41).
notice-mandate_signed-subject = [{ $bank }] An account was linked
notice-mandate_signed-body =
    { $partner } may now debit your account { $account }.
    Terms: { $terms }
    Until { $cooling_until } only small amounts.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-mandate_waits-subject = [{ $bank }] A link was asked for
notice-mandate_waits-body =
    { $partner } has asked to debit your account { $account }.
    Until it is confirmed in another way on the customer page of { $bank }, it debits ¥0. Where a letter can confirm it, a code is on its way to the address we have on file.
    Unconfirmed, the link ends by itself after 14 days.
    After that: { $terms }
    For the first three days ¥10,000 within 24 hours.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-confirm_letter-subject = [{ $bank }] Code to confirm a link
notice-confirm_letter-body =
    This code confirms the link with { $partner }.
    Code: { $code }
    Open the official site of { $bank } from your bookmark or the official app, sign in and type it on the page of the link.
    If you know nothing of this, do not type it: unconfirmed, the link ends by itself. Tell the code to nobody.
notice-letter_returned-subject = [{ $bank }] The letter with your code came back
notice-letter_returned-body =
    The letter with the code that confirms the link with { $partner } could not be delivered to the address we have on file. Its code no longer works. The link still debits ¥0.
    If the address is old, change it at a branch.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-mandate_confirmed-subject = [{ $bank }] A link was confirmed
notice-mandate_confirmed-body =
    The debits of { $partner } from your account { $account } were confirmed in another way. For the first three days at most ¥10,000 within 24 hours.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-mandate_lapsed-subject = [{ $bank }] A link that was not confirmed has ended
notice-mandate_lapsed-body =
    The link of { $partner } with your account { $account } was not confirmed in time and has ended. Nothing was debited through it.
    If you wanted it, begin again in the service.

    If you know nothing of it, somebody signed in as you with a passkey that a code made. Stop it at once, and look at "Your passkeys" on our pages.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-enrol_letter-subject = [{ $bank }] Code to register a passkey (to be received by you alone)
notice-enrol_letter-body =
    On the pages of { $bank }, somebody asked to register a passkey for your account.
    Code: { $code }
    Open the official site of { $bank } on the device that asked and type the code on the page "Register a passkey". It works once, within 14 days. However often somebody asks, we send one letter a week at most.
    If you know nothing of this, do not type it and tear this letter up: nothing will be registered. Tell the code to nobody; we never ask for it.
notice-look_letter-subject = [{ $bank }] Code to look at your accounts (to be received by you alone)
notice-look_letter-body =
    On the pages of { $bank }, somebody asked to see where your account is linked.
    Code: { $code }
    Open the official site of { $bank } on the device that asked. Type the code on the page "Look at your accounts, and stop". It lets you look and stop and moves no money. It works once; there is at most one letter a week.
    If you know nothing of this, do not type it and tear this letter up. Tell the code to nobody; we never ask for it.
notice-looked_in-subject = [{ $bank }] Somebody looked at your links
notice-looked_in-body =
    By a call, a machine or a letter, somebody proved to be you and opened the page of your links. They can look, stop and lower, and move no money.
    If that was not you, your money is safe, but somebody may use your telephone number or letterbox. Call { $bank } at the number on your passbook or card.
    This notice has no link. A notice with a link is false.
notice-phone_locked-subject = [{ $bank }] Staff locked your accounts
notice-phone_locked-body =
    A call, or somebody at a counter, asked for it as you, and staff locked your accounts against new links. No money has moved. Debits that go on are not stopped.
    If you did not ask for this, somebody may be posing as you. Call { $bank } at the number on your passbook or card.
    This notice has no link. A notice with a link is false.
notice-phone_lowered-subject = [{ $bank }] Staff lowered the caps of a link
notice-phone_lowered-body =
    A call, or somebody at a counter, asked for it as you, and staff lowered the caps of one of your links. No money has moved.
    If you did not ask for this, somebody may be posing as you. Call { $bank } at the number on your passbook or card.
    This notice has no link. A notice with a link is false.
notice-phone_alerts-subject = [{ $bank }] Staff set that you hear of more
notice-phone_alerts-body =
    A call, or somebody at a counter, asked for it as you, and staff set that we tell you of more. No money has moved.
    What is set can be seen in the portal, under "What we tell you".
    If you did not ask for this, somebody may be posing as you. Call { $bank } at the number on your passbook or card.
    This notice has no link. A notice with a link is false.
notice-phone_stopped_all-subject = [{ $bank }] Staff stopped every link
notice-phone_stopped_all-body =
    A call, or somebody at a counter, asked for it as you, and staff stopped every link and locked your accounts. No money has moved.
    If you did not ask for this, somebody may be posing as you. Call { $bank } at the number on your passbook or card.
    This notice has no link. A notice with a link is false.
notice-phone_changed-subject = [{ $bank }] Your telephone number was changed
notice-phone_changed-body =
    A change of the telephone number we have on file was taken. This goes to both the old and the new contact.
    For 7 days there are no new links and no raised caps; for 24 hours debits are capped at half.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-email_changed-subject = [{ $bank }] Your mail address was changed
notice-email_changed-body =
    A change of the mail address we have on file was taken. This goes to both the old and the new contact.
    For 7 days there are no new links and no raised caps; for 24 hours debits are capped at half.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-code_handed_out-subject = [{ $bank }] A code to register a passkey was handed out at a branch
notice-code_handed_out-body =
    After seeing your identity papers, a branch of { $bank } handed out a code to register a passkey. It works for 24 hours, and only on the page whose reference number was brought.
    If somebody asked you to fetch it, it is a fraud: do not type it, tell it to nobody, and stop it with the code below. We never ask for it by telephone or otherwise.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-passkey_added-subject = [{ $bank }] A passkey was registered
notice-passkey_added-body =
    A new passkey was registered in your name.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-card_added-subject = [{ $bank }] A My Number Card was registered
notice-card_added-body =
    A My Number Card was registered in your name, to sign in and to sign.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-debited-subject = [{ $bank }] { $partner } debited { $amount }
notice-debited-body =
    { $partner } debited { $amount } from your account { $account }.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-debit_approved-subject = [{ $bank }] A debit of { $amount } by { $partner } was approved
notice-debit_approved-body =
    One debit of { $amount } by { $partner } from your account { $account } was approved with your passkey.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-credited-subject = [{ $bank }] { $partner } paid in { $amount }
notice-credited-body =
    { $partner } paid { $amount } into your account { $account }.

    If you know nothing of this, this code stops the link.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type it at "Stop what you do not know".
notice-given_back-subject = [{ $bank }] { $partner } gave back { $amount }
notice-given_back-body =
    { $partner } gave back { $amount } of what it had debited from your account { $account }. The money is on the account. You need do nothing for it.

    If you know nothing of the debit, this code stops the link.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type it at "Stop what you do not know".
notice-made_good-subject = [{ $bank }] We made good { $amount } that you had lost
notice-made_good-body =
    We paid { $amount } into your account { $account }. It is the compensation for debits by { $partner } that you did not make. Case number: { $case }
    You need do nothing for it. Nobody asks you for a PIN, a one-time code or a fee because of it.

    If you reported nothing, tell us.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or app, choose to stop a transaction you do not know, and type the stop code: we will look into it. No sign-in is needed.
notice-made_good_there-subject = [{ $bank }] The { $amount } that { $partner } gave back is your compensation
notice-made_good_there-body =
    The { $amount } that { $partner } gave back to your account is the compensation for debits that you did not make. Case number: { $case }
    You need do nothing for it. Nobody asks you for a PIN, a one-time code or a fee because of it.

    If you reported nothing, tell us at "Help and reports" on the official site of { $bank }.
notice-caps_raise_asked-subject = [{ $bank }] Higher limits were asked for
notice-caps_raise_asked-body =
    Somebody asked to raise the limits for { $partner }. They change after a wait.
    Then: { $terms }

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know".
notice-mandate_revoked-subject = [{ $bank }] A link has ended
notice-mandate_revoked-body =
    { $partner } can no longer debit your account { $account }.

    If it was not you, tell us.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or app, choose to stop a transaction you do not know, and type the stop code: we will look into it. No sign-in is needed.
notice-mandate_suspended-subject = [{ $bank }] Debits were stopped
notice-mandate_suspended-body =
    Debits by { $partner } from your account { $account } were stopped, by you, the wallet or us. { $numbered ->
        [yes] Case number: { $case }
       *[no] {""}
    }
    Two of our staff must agree before they go on. You need do nothing now.

    If you do not know why, or something else was not you, tell us.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or app, choose to stop a transaction you do not know, and type the stop code: we will look into it. No sign-in is needed.
notice-mandate_lowered-subject = [{ $bank }] Debits are limited for a week
notice-mandate_lowered-body =
    { $partner } told us that something about your wallet there changed, or that somebody asked to get back into it.
    For seven days it can debit half as much as before from your account { $account }. No money has moved.

    If it was not you, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know".
notice-mandate_held-subject = [{ $bank }] Debits need your signature for a week
notice-mandate_held-body =
    { $partner } told us something for which we look twice at debits from your account { $account }.
    For seven days, or until two of our staff have checked, each debit there needs your own passkey at this bank. No money has moved.

    If you know nothing of it, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know".
notice-mandate_released-subject = [{ $bank }] Debits go on
notice-mandate_released-body =
    Two of our staff checked and let { $partner } debit your account { $account } again.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know".
notice-lock_tried-subject = [{ $bank }] Somebody tried to link a locked account
notice-lock_tried-body =
    { $partner } asked to link your locked account { $account } and was refused. No money has moved.
    Whoever asked was signed in with your passkey. If it was not you, tell us at "Help and reports" on the official site of { $bank }.
    You get this notice once in 24 hours at most.

    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know": the account stays locked. You need not sign in.
notice-lock_opening-subject = [{ $bank }] The lock of an account will open
notice-lock_opening-body =
    Somebody asked to open your account { $account } to new links. It opens at { $opens_at }.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-leaked-subject = [{ $bank }] Somebody else may know the details of your account: it takes no new link
notice-leaked-body =
    We learned that somebody else may know the details of your account { $account }. No money has moved.
    Nobody can link the account anew. Debits of links in force need your approval each time.

    Please do this:
    - change your PIN, and look in your passbook or statement for payments you do not know
    - if you told a fake site or a caller your account number or PIN, tell us at "Help and reports" on the official site of { $bank }
    - when you need a new link, open the lock with your passkey at "Lock and requests" in your pages
    We never ask for a PIN or a code by telephone or mail because of this notice.

    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know": the account stays locked until you open it yourself. You need not sign in.
notice-lookback-subject = [{ $bank }] Please look at debits of your account
notice-lookback-body =
    We learned how some frauds are done, and looked back. { $count } of the debits of your account look alike, { $sum } in all.
    The largest: { $at }, { $amount }, { $partner }. This money left your account then; nothing has moved because of this notice.

    Look in your passbook or statement. If it was you, nothing is to be done.
    If it was not you, tell us: type the stop code, or go to "Help and reports" on the official site of { $bank }. Then the link is stopped and we look into what you are owed.
    We do not call you about this notice, and never ask for a PIN or a code by telephone.

    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-leak_over-subject = [{ $bank }] Your account takes new links again
notice-leak_over-body =
    We told you that somebody else may know the details of your account { $account }. Two of our staff checked, and the lock for that reason is lifted. No money has moved.
    A lock of your own stays as it is.

    If you want it to stay locked, or know nothing of this, stop it.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know": the account is locked. You need not sign in.
notice-approval_asked-subject = [{ $bank }] A debit of { $amount } waits for your approval
notice-approval_asked-body =
    { $partner } asks you to approve a debit of { $amount } from account { $account }.
    Only if you began this yourself just now: open { $bank } from your bookmark, in the browser you linked with, and go to Approvals.
    If you do nothing, it ends in five minutes and no money moves.

    If you do not know what this is, stop it at once.
    Stop code: { $stop_code }
    Open { $bank }'s own site from a bookmark or its app and type the code under "Stop what I did not do". No sign-in is needed.
    This notice has no links. A notice with a link is a fake.
notice-approval_asked_last-subject = [{ $bank }] Too many requests for approval: no more are taken
notice-approval_asked_last-body =
    { $partner } asked for approval again and again within a day, last for { $amount } from account { $account }.
    Unless you approve, no money moves. For the next 24 hours no more requests of this kind are taken from it.

    If you do not know what this is, stop it at once.
    Stop code: { $stop_code }
    Open { $bank }'s own site from a bookmark or its app and type the code under "Stop what I did not do". No sign-in is needed.
    This notice has no links. A notice with a link is a fake.
notice-mandate_renewed-subject = { $bank }: the terms of a linked account were renewed
notice-mandate_renewed-body =
    The terms of { $partner } for account { $account } were renewed with your signature.
    Terms: { $terms }

    If this was not you, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or app, choose to stop a transaction you do not know, and type the stop code. No sign-in is needed.
notice-mandate_renewed_wider-subject = { $bank }: the terms of a linked account become wider
notice-mandate_renewed_wider-body =
    New terms of { $partner } for account { $account } were signed with your passkey.
    From { $from }: { $terms }
    Until then the narrower of both holds.

    If this was not you, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or app, choose to stop a transaction you do not know, and type the stop code. No sign-in is needed.
notice-app_added-subject = [{ $bank }] The bank's app was registered
notice-app_added-body =
    The bank's app on a phone was registered in your name, to sign in and to sign.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-authenticator_ended-subject = [{ $bank }] A way to sign in was removed
notice-authenticator_ended-body =
    One of the ways that you sign in with was removed. Your links and your money are as they were.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-authenticator_lost-subject = [{ $bank }] A way to sign in was stopped
notice-authenticator_lost-body =
    One of the ways that you sign in with was stopped as lost. Links made since it was registered are stopped too. No money has moved.

    If you know nothing of this, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
notice-phone_believed-subject = [{ $bank }] Your telephone number is believed again
notice-phone_believed-body =
    Somebody had said that the change of the telephone number we have on file was not theirs. Two members of staff have now confirmed it for the account holder at a counter. This goes to both the contact before and the one now.
    From now on it counts again when we make sure that it is you, and the one before hears of nothing more. No money moved.

    If you were not at the counter, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
notice-email_believed-subject = [{ $bank }] Your mail address is believed again
notice-email_believed-body =
    Somebody had said that the change of the mail address we have on file was not theirs. Two members of staff have now confirmed it for the account holder at a counter. This goes to both the contact before and the one now.
    From now on it counts again when we make sure that it is you, and the one before hears of nothing more. No money moved.

    If you were not at the counter, stop it at once.
    Stop code: { $stop_code }
    Open the official site of { $bank } from your bookmark or the official app and type the code at "Stop what you do not know". You need not sign in.
    This notice has no link. A notice with a link is false.
