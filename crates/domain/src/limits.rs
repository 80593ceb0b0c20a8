//! The default numbers, in one place. `docs/defaults.md` gives the reason of each.
//!
//! An operator may tighten them. A value above the default is refused where configuration is read: a
//! file has no second person and no record of risks (FT-01).

use crate::{Yen, mandate::Cooling};

/// Seconds of an hour.
pub const HOUR_SECS: i64 = 3_600;
/// Seconds of the day window; it rolls, and knows no midnight (INC-05).
pub const DAY_SECS: i64 = 86_400;
/// Seconds of the month window: thirty days that roll, never a calendar month.
pub const MONTH_SECS: i64 = 30 * DAY_SECS;
/// Seconds of the week window, which rolls too.
pub const WEEK_SECS: i64 = 7 * DAY_SECS;

/// Per bank account, and again per person, across every wallet, within 24 hours.
pub const BANK_PER_DAY: Yen = Yen::of(50_000);
/// The same within 30 days.
pub const BANK_PER_MONTH: Yen = Yen::of(300_000);
/// Per account of a bank that proves its customer by its own app, within 24 hours.
pub const APP_PER_DAY: Yen = Yen::of(30_000);
/// The same within 30 days.
pub const APP_PER_MONTH: Yen = Yen::of(150_000);
/// Per account of a bank that proves its customer by a code to the number on file, within 24 hours.
pub const CODE_PER_DAY: Yen = Yen::of(10_000);
/// The same within 30 days.
pub const CODE_PER_MONTH: Yen = Yen::of(50_000);
/// Per account of a bank that tells nobody, or reports no stops, within 24 hours.
pub const UNTOLD_PER_DAY: Yen = Yen::of(5_000);
/// The same within 30 days.
pub const UNTOLD_PER_MONTH: Yen = Yen::of(20_000);
/// What a new link may take in all until it has cooled.
pub const COOLING_LINK: Yen = Yen::of(10_000);
/// What a wallet may top up, send and pay in all in its first 24 hours.
pub const NEW_WALLET: Yen = Yen::of(10_000);
/// Per wallet within 24 hours for a customer who signs in without a passkey.
pub const WITHOUT_PASSKEY_PER_DAY: Yen = Yen::of(5_000);
/// A payout account that was just connected pays out at most this within 24 hours, for a week.
pub const NEW_PAYOUT_PER_DAY: Yen = Yen::of(50_000);
/// A bank takes in at most this much for one account from every wallet's payouts within 24 hours:
/// what one full wallet holds.
pub const CREDIT_PER_DAY: Yen = WALLET_BALANCE_MAX;
/// The same under one mandate within 30 days.
pub const CREDIT_PER_MONTH: Yen = Yen::of(3_000_000);
/// The same under a mandate that is younger than [`NEW_PAYOUT_SECS`], within 24 hours: twice what
/// the wallet allows, because what it held for a day arrives together with the next day's.
pub const NEW_CREDIT_PER_DAY: Yen = Yen::of(100_000);
/// All payouts of one partner together within 24 hours, unless another number was agreed.
pub const PARTNER_PAYOUTS_PER_DAY: Yen = Yen::of(10_000_000);
/// All top-ups that one bank confirms to a wallet within 7 days, unless another number was agreed: what its
/// word alone is worth before its money came.
pub const BANK_WORD_PER_WEEK: Yen = Yen::of(100_000_000);
/// A wallet holds at most this much.
pub const WALLET_BALANCE_MAX: Yen = Yen::of(1_000_000);

/// So many decoupled approvals of one partner that come to nothing within 24 hours end that way to a
/// holder for this partner until the first of them is a day old: whoever sends more hopes for a tired tap
/// (RFC 10027).
pub const DECOUPLED_UNSIGNED_PER_DAY: usize = 3;
/// So many of all partners together end it for all: more than any one of them can send.
pub const DECOUPLED_UNSIGNED_BY_ALL_PER_DAY: usize = 6;

/// So often within an hour a partner hears, for one mandate, whether a signature of its holder would
/// help a debit: more would tell it how much of the account's caps is left.
pub const SIGNATURE_TRIES_PER_HOUR: u32 = 20;

/// So many pushed requests, and as many decoupled ones, one partner makes at one node in a minute: each
/// leaves a row that nobody may ever come for.
pub const PARTNER_PUSHES_PER_MINUTE: u32 = 30_000;
/// So many requests one partner makes in a minute at any other one endpoint of a node.
pub const PARTNER_REQUESTS_PER_MINUTE: u32 = 60_000;
/// So many pushed requests of one partner wait for a browser at once: each is over after five minutes.
pub const PARTNER_UNFINISHED_MAX: usize = 50_000;

/// How long a new wallet stays at [`NEW_WALLET`].
pub const NEW_WALLET_SECS: i64 = DAY_SECS;
/// How long a payout to a newly connected account waits.
pub const NEW_PAYOUT_WAIT_SECS: i64 = DAY_SECS;
/// How long a payout account that was just connected stays at its low cap.
pub const NEW_PAYOUT_SECS: i64 = 7 * DAY_SECS;
/// How long ago somebody must have received something from a wallet to be known to it: whoever holds
/// the telephone sends ¥1 first, and its owner must have had the time to read that.
pub const PAYEE_KNOWN_SECS: i64 = 7 * DAY_SECS;
/// How far ahead the terms of a link may begin: what is signed for a day that nobody remembers is a link
/// that nobody expects. The first day with its low cap counts from then.
pub const VALID_FROM_AHEAD_SECS: i64 = 31 * DAY_SECS;
/// How long a raised cap waits.
pub const RAISE_WAIT_SECS: i64 = DAY_SECS;
/// How long recovery, a changed contact or a new device holds back new links and raised caps.
pub const RECOVERY_WAIT_SECS: i64 = 7 * DAY_SECS;
/// How long a telephone number or an address must have been on file to enrol through it, or to
/// confirm through it: whoever takes them over has to wait as long, and its owner hears of it.
pub const ON_FILE_SECS: i64 = 30 * DAY_SECS;
/// How long a wallet whose owner wants it closed stays before it is: as long as whoever gets in by recovery
/// waits, because the end of every passkey is undone by nobody.
pub const CLOSE_WAIT_SECS: i64 = 7 * DAY_SECS;
/// How long after that a closing may wait for something before people look why.
pub const CLOSE_STUCK_SECS: i64 = 30 * DAY_SECS;
/// How long an unfreeze waits after the customer asked for it.
pub const UNFREEZE_WAIT_SECS: i64 = DAY_SECS;
/// How long a debit with an unknown answer is asked again before it becomes a named open item.
pub const ASK_AGAIN_SECS: i64 = DAY_SECS;

/// How long an account that was locked against new links takes to open.
pub const UNLOCK_WAIT_SECS: i64 = DAY_SECS;
/// How often a holder is told that somebody tried to link their locked account.
pub const LOCK_NOTICE_SECS: i64 = DAY_SECS;
/// Debits from this amount on are told to their holder, whatever the holder chose to leave out.
pub const ALERT_FROM_MAX: Yen = Yen::of(10_000);
/// Whoever of staff lets something go on has used their passkey this recently: a desk that was left
/// open is not a second person.
pub const STAFF_PROOF_SECS: i64 = 900;
/// How many people may look after one holder's accounts, open invitations included.
pub const DELEGATES_MAX: usize = 3;
/// How long a delegate may look and stop, unless the holder signs for another such time.
pub const DELEGATION_SECS: i64 = 365 * DAY_SECS;
/// How long an invitation waits for whom it is for: a letter takes some days.
pub const INVITATION_SECS: i64 = 14 * DAY_SECS;
/// After how long the worker tells of a delegate's act that could not be told when it happened.
pub const ACT_TOLD_LATE_SECS: i64 = 60;
/// How long before its end a delegation is spoken of to its holder, the farthest first.
pub const DELEGATION_REMINDERS: [i64; 2] = [30 * DAY_SECS, 7 * DAY_SECS];
/// So many single acts of a delegate are taken within 24 hours. Stopping everything is never counted.
pub const DELEGATE_ACTS_PER_DAY: usize = 20;

/// How long routes that rest on codes pause when guessing is seen from many networks.
pub const BREAKER_SECS: i64 = 1_800;
/// How long a partner whose customers mismatch too often is throttled.
pub const THROTTLE_SECS: i64 = HOUR_SECS;

/// How long links cool by route.
pub const COOLING: Cooling =
    Cooling { passkey_secs: DAY_SECS, code_secs: 3 * DAY_SECS, lapse_secs: 14 * DAY_SECS };
