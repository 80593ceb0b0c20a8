# Who works at the desk; used by both companies.
staff-title = People at the desk
staff-lead = Who can use the desk, who is invited and who has left.
staff-works = Works here
staff-invited = Invited until { $at }
staff-lapsed = The invitation ran out
staff-left = Left at { $at }
staff-end = End their access
staff-end-what = When a second person agrees, every passkey and session of theirs ends, and what they asked for and nobody has agreed to is withdrawn. What they did before stays in the record. It cannot be undone.
staff-end-button = Ask for it
staff-end-of = End the access of: 
staff-reason = Why
staff-reason-hint = Left the company, moved to another office, lost a device. It is kept in the record.
error-too_few_staff = Two people must remain at the desk
    .what = Without this person nobody could release what was stopped.
    .money = No money has moved. Nothing has changed.
    .next = Invite somebody else first, and let them register a passkey.
