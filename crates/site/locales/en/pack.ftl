# Handing over the evidence of a case. For both desks.
pack-title = Hand over the evidence
pack-what = What happened, what was asked, agreed to and signed, money that moved and notices, in one file that this company signs. What staff typed, rules and scores, anything about suspicious transactions and other people are not in it. That it was handed over is kept in the record.
pack-whose = Whose records these are:
pack-not-reporters = Somebody reported this case, and staff joined it to another one. The records are of the customer named above, who may be who took the money, and not of whoever reported: no pack is made here for "the person".
pack-for = To whom
pack-for-police = The police (on a written request or the like)
pack-for-person = The person
pack-for-partner = { $name } (what concerns them alone)
pack-reason = Reason
pack-reason-hint = The number of the request, for example
pack-pdf = Get it as PDF
pack-json = Get it as JSON
