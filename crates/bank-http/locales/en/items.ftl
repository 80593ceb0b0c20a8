# Open items
item-title = Open items
item-lead = Movements of which the core said nothing for more than a day. The money stays reserved; it is nobody's yet.
item-none = No open items.
item-reminder = { $count ->
    [one] One movement has no known end
   *[other] { $count } movements have no known end
}
item-kind-debit = Debit
item-kind-payout = Payment in
item-kind-refund = Refund
item-amount = Amount
item-age = Age
item-owner = Owner
item-nobody = nobody yet
item-id = The partner's id
item-core-id = The core's id
item-since = Received
item-what = The core is asked every hour. When it answers, this ends by itself.
item-do-take = I see to it
item-do-ask = Ask the core now
item-by-hand = Settle by the core's books
item-by-hand-what = Only where no answer will come any more. Look into the core's books and write what they show. When another person has looked and agrees, it is done.
item-core-alone = That a payment in or a refund did not move, only the core can promise: otherwise it could pay late, and the money would be paid twice. Ask it again, or let whoever runs it enter the withdrawal.
item-found = The core's books show
item-found-moved = The money moved
    .what = There is an entry that took it from the account, or put it in. It is booked, and the holder is told.
item-found-not_moved = The money did not move
    .what = There is no entry, and it is certain that there will be none. What was reserved, and the caps, are given back.
item-how = How you know
item-how-hint = The number of the core's slip, whom you asked. No names of customers and no account numbers.
item-settle = Ask for agreement
item-settle-of = Settle an open item
item-waits = Waits for a second person
item-found-already = Two people agreed. It is booked in a moment.
step-item_mine = sees to it now
step-item_moved = The core's books show that the money moved
step-item_not_moved = The core's books show that the money did not move
step-item_agreed = looked at the same books and agreed
step-item_booked = Ended: the money moved
step-item_not_booked = Ended: the money did not move
error-core_silent = The core does not answer
    .what = The core was asked and what became of it is still not known. That a payment in did not move, only the core can say.
    .money = The money stays reserved. Nothing has changed.
    .next = Ask again later, or look into the core's books.
