# What a company was started with, and a start from a looser file that was refused.

settings-title = Settings in force
settings-lead = What this company was started with: its configuration file, and the numbers that ship with this version. A start that is looser in anything is refused until two people have signed a record of its risks here.
settings-in-force = Settings in force
settings-since = Unchanged since
settings-none = Nothing is known yet. It is written down at the next start.
settings-what = Setting
settings-is = Value
settings-before = In force
settings-after = In the file
settings-looser = What would be looser
settings-refused = A start was refused because its file is looser
settings-refused-at = Refused first at
settings-look = See what would be looser, and sign it or have the file put right
settings-ask = Ask that it may count
settings-signed = Two people have signed this
settings-signed-what = The next start with that file counts, once. Until then what is in force stays.
settings-approve = Let a looser configuration file count
settings-open = Open
settings-shut = Closed
settings-nobody = None
settings-unknown = Not known
settings-watched = { $n ->
    [one] 1 account
   *[other] { $n } accounts
}

setting-cap-per-day = Most that can be debited in a day
setting-cap-per-month = Most that can be debited in 30 days
setting-cap-new-link = Most from a new link while it cools
setting-cap-app = Top-ups a day where the bank’s app proves
setting-cap-code = Top-ups a day where a code proves
setting-cap-untold = Top-ups a day where the bank tells nobody
setting-cap-new-wallet = Most into a new wallet
setting-cap-no-passkey = A day’s payments without a passkey
setting-cap-balance = Most in one wallet
setting-wait-cooling = How long a new link cools (passkey)
setting-wait-cooling-code = How long a new link cools (code)
setting-wait-raise = Wait before a higher cap counts
setting-wait-unlock = Wait before an account opens to new links
setting-wait-contact = How long a contact must have been on file
setting-wait-new-wallet = How long a wallet is new
setting-wait-new-payout = Wait before a payout to a new account
setting-wait-recovery = Wait before a recovery
setting-wait-unfreeze = Wait before a stopped wallet goes on
setting-new-links = New links to accounts that were never linked
setting-client-certificates = Client certificates from the proxy
setting-canaries = Accounts that nobody owns, watched for guessing
setting-cards = Authority of identity cards, for signatures
setting-cards-sign-in = Authority of identity cards, for signing in
setting-card-operator = Who reads identity cards
setting-app = The bank’s own app that signs
setting-channel-telephone = Enrolment by telephone
setting-channel-atm = Enrolment at the machine
setting-channel-branch = Enrolment at a branch
setting-channel-letters = Reports of the letter house
setting-channels = Where the channels report, and their secrets
setting-core = The core system
setting-messages = Who carries messages
setting-models = Models that rules may name
