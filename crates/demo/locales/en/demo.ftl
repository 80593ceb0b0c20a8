# The words of the demo's pages.

demo-only = Demo: the money and the people are invented
nav-guide = Guide
nav-inbox = Inbox
nav-card = Cards
nav-app = App
nav-phone = Phone
nav-atm = ATM
nav-counter = Counter

## Guide

guide-title = Welcome. Let’s try Kanuki
guide-lead = One wallet and three banks are running on this computer and nowhere else. Step into somebody’s shoes: link an account, send money, and stop what you never did.
guide-passkey = The passkeys are real
guide-passkey-text = When you enrol, this device asks for your fingerprint, face or PIN. Nothing of your body leaves it. Use one browser profile or private window for each person, and they will not mix.
guide-try = What to try
guide-step = Step { $n }
guide-steps = Show the steps
guide-places = Where to go
guide-wallet = Wallet
guide-inbox = Open its inbox
guide-who = Who is here
guide-facts = Name, accounts and PINs
guide-online = Banks online
guide-card-only = Passbook and cash card only
guide-overdraft = May borrow against a time deposit
guide-codes = Codes already handed out

who-hanako = Works in an office and uses Hanamizuki Bank a lot. She fetches the code for her passkey at the bank’s counter and opens a wallet.
who-ken = Has an account at Minato Shinkin Bank and a cash card, and nothing else. He starts from his telephone or the ATM.
who-tome = Uses no wallet. She would like to know whether her account is linked to one anyway.
who-maria = Tsubaki Bank knows her name in katakana only, while her card has it in Latin letters. She is still recognized.
who-ichiro = Hanako’s friend, and somebody to send money to.
who-shop = A small coffee shop in Sakuradai. It takes payments by QR code.

who-fact-name = Name, as on the card
who-fact-kana = Kana
who-fact-born-on = Born
who-fact-address = Address
who-fact-phone = Telephone
who-fact-email = E-mail
who-fact-card-password = Password of the demo card
who-fact-card-pin = Demo card’s PIN for user authentication
who-fact-account = { $branch } ({ $code }), ordinary { $number }, opened with { $deposit }, ATM PIN { $pin }
who-fact-time-deposit = Time deposit { $deposit }

story-open = 1. Open a wallet and prove who you are
    .lead = As Hanako Yamada, open a wallet with a passkey and prove who you are with a (demo) My Number Card.
story-open-1 = Open the wallet, choose to start, and create a passkey.
story-open-2 = Choose to prove who you are: you arrive at the app that reads cards.
story-open-3 = Choose Hanako’s card, type the password HANAKO88, and sign.
story-open-4 = Back in the wallet, name and address are verified. The kana is for you to type.
story-open-go-1 = Open the wallet
story-open-go-2 = See the cards

story-link = 2. Link a bank account
    .lead = Link Hanako’s account at Hanamizuki Bank. The wallet never asks for an account number or a PIN.
story-link-1 = At Hanamizuki Bank, choose to register a passkey “at a branch”. Bring the reference shown there to the counter, and type the code you are handed on the bank’s page.
story-link-2 = In the wallet, choose to link an account and look for Hanamizuki Bank.
story-link-3 = Sign in on the bank’s own page and choose the account.
story-link-4 = Read who may take how much, how often and until when, and sign exactly that with the passkey.
story-link-5 = A notice with a stop code is in the bank’s inbox. The first 24 hours are limited to ¥10,000 in all.
story-link-go-1 = Register a passkey at Hanamizuki Bank
story-link-go-2 = Go to the counter
story-link-go-3 = Link an account

story-money = 3. Top up, send, pay, pay out
    .lead = Top up from the linked account and use the money. Open a wallet for Ichiro Tanaka too, and there is somebody to send to.
story-money-1 = Top up ¥3,000. The same movement is in the bank’s statement and in the wallet’s.
story-money-2 = Under “Send”, make a link or a QR code, and take the money in Ichiro’s wallet.
story-money-3 = Under “Pay”, scan the QR code of Kanuki Coffee. A picture will do where there is no camera.
story-money-4 = Under “Pay out”, return money to the account.
story-money-5 = Open the statement and see that the balance is right line by line. It can be saved as CSV.
story-money-go-1 = Top up
story-money-go-2 = Send
story-money-go-3 = Pay
story-money-go-4 = Pay out
story-money-go-5 = Open the shop’s till (its QR code)

story-stop = 4. “It wasn’t me”
    .lead = With nothing but the stop code from a notice, and without signing in, stop everything at once.
story-stop-1 = Find the stop code in Hanamizuki Bank’s inbox.
story-stop-2 = Type it on the bank’s stop page. The notice has no link to follow.
story-stop-3 = Read what will happen, and press stop.
story-stop-4 = In the wallet the balance is frozen and debits are refused at once. A case is open at both companies.
story-stop-5 = Releasing it takes a passkey, a wait and two members of staff (number 8).
story-stop-go-1 = The bank’s inbox
story-stop-go-2 = The bank’s stop page
story-stop-go-3 = The wallet’s stop page

story-card = 5. Somebody with only a cash card
    .lead = As Ken Sato, start from the telephone whose number the bank has, or from the bank’s ATM.
story-card-1 = On Minato Shinkin Bank’s page, choose that you are new.
story-card-2 = By telephone: type the reference shown there on the telephone on file. No other telephone will do.
story-card-3 = By ATM: insert the card, enter the PIN and the reference number, and type the printed code on the bank’s page. By letter: it comes to the inbox.
story-card-4 = With the passkey enrolled, ¥0 can be moved so far. On the page of the link, choose a way you did not enrol with (letter, telephone, ATM, counter), and it works.
story-card-5 = Without that the enrolment lapses after 14 days. Silence is never a yes.
story-card-6 = The customer page lists three contracts from before, too. If you do not know “ムカシペイ”, stop it there. A wallet’s contract debits ¥0 until it is linked anew.
story-card-go-1 = Open Minato Shinkin Bank
story-card-go-2 = Make a call
story-card-go-3 = Go to the ATM
story-card-go-4 = Go to the counter

story-none = 6. Somebody who uses no wallet
    .lead = In Tome Suzuki’s place, see whether your account is in danger, and report what you find.
story-none-1 = As Tome, enrol a passkey on Hanamizuki Bank’s customer page, proving herself by telephone or at the ATM.
story-none-2 = The bank shows every wallet that may debit her account, past ones too: there is none.
story-none-3 = A debit that you know nothing of can be reported without having a wallet.
story-none-4 = Tome may borrow against her time deposit, but no debit ever reaches that far.
story-none-go-1 = Hanamizuki Bank’s customer page
story-none-go-2 = Report something
story-none-go-3 = See how exposed the account is

story-latin = 7. A name in Latin letters
    .lead = As Maria Santos, prove who you are and link. The bank has her as マリア サントス and in no other way.
story-latin-1 = Prove who you are with the card of SANTOS MARIA, and type マリア サントス as the kana.
story-latin-2 = Link the account at Tsubaki Bank. Kana, verified address and birth date together are enough.
story-latin-3 = Now try a wrong name. Nobody is told which field was different.
story-latin-go-1 = Link an account
story-latin-go-2 = Open Tsubaki Bank

story-desk = 8. The staff’s desks
    .lead = As staff of the wallet and of a bank, close the cases.
story-desk-1 = Enrol passkeys for two members of staff with the codes below, in two browser profiles.
story-desk-2 = Read the case that number 4 opened. Nobody sees a customer without a case.
story-desk-3 = One asks for the release, the other approves it. Nobody approves their own.
story-desk-4 = Try the kill switches for a person, an account, a partner, everything. Old links stop too.
story-desk-go-1 = The wallet’s desk
story-desk-go-2 = The bank’s desk

story-thief = 9. Be the thief of 2020
    .lead = Replay what really happened against the running system. Type this in a terminal:
story-thief-1 = kanuki lab run docomo-2020 --policy 2020 --policy default
story-thief-2 = The left column has the rules of that day: ¥300,000 leave each victim, ¥600,000 across the end of a month.
story-thief-3 = The right column has Kanuki’s rules: from outside it ends at ¥0.

codes-lead = Given in person at work. Each works once.
codes-staff = Codes for the staff
codes-who = Name
codes-where-desk = Desk
codes-wallet-desk = Wallet
codes-code = Code

## Inbox

inbox-title = Inbox
inbox-lead = Every mail, SMS, call and letter that { $company } would send arrives here. Nothing leaves this computer.
inbox-whose = Whose inbox
inbox-everyone = Everyone
inbox-show = Show
inbox-empty = Nothing has arrived yet
inbox-empty-text = Link an account or top up, and notices will arrive here.
inbox-mail = Mail
inbox-sms = SMS
inbox-phone = Call
inbox-post = Letter
inbox-push = On the screen of a device

## Card

card-title = Sign with a My Number Card (demo)
card-lead = In place of real cards, those of the demo’s people are kept here.
card-how = Come here from the wallet
card-how-text = When you start to prove who you are, the wallet brings you here with what is to be signed.
card-real = In real life the app of a JPKI platform operator does this. Nothing but this demo trusts these cards.
card-steps = Steps of signing
card-step-choose = Choose a card
card-step-sign = Sign
card-step-return = Return
card-asked = { $name } asks you to prove who you are with your signature certificate.
card-asked-pin = { $name } asks you to sign in, or to sign, with your certificate for user authentication.
card-which = Which card?
card-hold = Read this card
card-face = Demo card of { $name }
card-face-title = My Number Card (specimen)
card-sign-title = Check and sign
card-sign-lead = With your signature, the four facts below are handed over.
card-sign-lead-pin = Your name and address are not handed over: only that the card is here and has signed what is below.
card-signed-what = What you sign
card-asked-by = Asked by
card-sent-to = Sent to
card-purpose = Purpose
card-purpose-identity = Proof of identity, for this one time
card-purpose-authentication = Sign-in, or a signature of what was shown, for this one time
card-digest = Digest of the terms
card-handed-over = What is handed over (the four basic facts)
card-fact-name = Name
card-fact-address = Address
card-fact-born-on = Born
card-fact-sex = Sex
card-sex-female = Female
card-sex-male = Male
card-sex-none = Not stated
card-terms = The terms in full
card-text = The text that is signed
card-password = Signature password (6 to 16 letters and digits)
card-password-hint = As this is a demo: { $password }
card-pin = PIN for user authentication (4 digits)
card-pin-hint = As this is a demo: { $password }
card-password-is = Signature password:
card-pin-is = PIN for user authentication:
card-sign = Sign
card-wrong = That password is wrong. After { $left } more wrong tries this card is locked.
card-locked = Five wrong passwords: this card is locked. The “Cards” page resets it, in place of the municipal office.
card-locked-pin = Three wrong PINs: this card signs nobody in. The “Cards” page resets it, in place of the municipal office.
card-locked-badge = Locked
card-reset = Reset the password (in place of the municipal office)
card-return-title = Signed
card-signed = Signed with the card of { $name }
card-return-lead = Nothing has been sent yet. The button sends certificate and signature to { $name }.
card-return = Send and return
card-give-up = Cancel and return

## Telephone

phone-title = Telephone box
phone-lead = Call { $bank } from somebody’s telephone. The bank checks that it is the telephone on file.
phone-whose = Whose telephone?
phone-stranger = A stranger’s telephone (on nobody’s file)
phone-reference = Reference number
phone-reference-hint = The number that the bank’s page shows.
phone-call = Call
phone-accepted = “Thank you, accepted.”
phone-accepted-text = Return to the bank’s page and go on.
phone-asks = “This confirms the link with { $partner } (account { $account }). Did you ask for it yourself?”
phone-asks-text = If you did not, or if somebody asked you to call, hang up here: nothing is confirmed.
phone-agree = Press 1 to confirm
phone-refused = “We could not accept this call.”
phone-refused-text = It is not the telephone on file, or the reference is wrong, or it is too late, or nothing can be confirmed now, as while the account is locked. The line does not say which: the page of the link does.
phone-too-many = “No more calls today, please.”
phone-too-many-text = Too many calls from this telephone. Wait a while.

## ATM

atm-title = ATM
atm-lead = Insert a cash card into { $bank }’s machine and take a code. The PIN is used inside this machine and nowhere else.
atm-which = Which card?
atm-card = { $branch }, ordinary { $number } (demo PIN { $pin })
atm-pin = PIN (4 digits)
atm-pin-hint = After three wrong tries in a row the card is locked for 24 hours.
atm-reference = Reference number on the bank’s page (8 digits)
atm-reference-hint = The code works on the page with this number and on no other.
atm-insert = Insert the card
atm-wrong = This machine cannot serve you
atm-wrong-text = The PIN is wrong, or the card is locked.
atm-nothing = Nothing to print
atm-nothing-text = Check the reference number. Start on the bank’s page first: it shows the number.
atm-printed = Slip
atm-code = Code
atm-confirms = This code confirms the link with { $partner } (account { $account }). If you did not ask for that yourself, do not type it.
atm-passkey = This code registers a passkey.
atm-printed-text = Type it on the bank’s page. If somebody asks for it on the telephone, never tell them. The bank will not ask for it.

## Counter

counter-title = Counter
counter-lead = Go to a branch of { $bank } with your papers.
counter-who = Who goes?
counter-reference = Reference number
counter-reference-hint = It is on the page where you register a passkey, or on that of a link to confirm.
counter-ask = Ask for a code
counter-nothing = There is nothing to hand out
counter-nothing-text = Check that the reference number is from a page of your own account.
counter-handed = Handed to you
counter-code = Code
counter-confirms = This code confirms the link with { $partner } (account { $account }). Staff ask whether that is what you want.
counter-passkey = This code works on the page with that reference number only, for 24 hours. Staff ask whether you opened that page yourself.

## The bank's app
app-title = The bank's app
app-lead = This is the app of { $bank }. Whose phone is this?
app-how = How to use it
app-how-text = It opens from "Open the bank's app" on a page of the bank. Register it on the last page of "First time here", or under "How you sign in" once you are signed in.
app-whose = Whose phone is this?
app-unlock = Open the app
app-sign-title = Please read this
app-asked = Opened from a page of { $bank }.
app-what-enrol = Register this phone
app-what-sign-in = Sign in
app-what-sign = Sign the following
app-text = The text that is signed
app-number = The number on the bank's page
app-number-hint = Two digits. Stop here if you did not open that page yourself, or if somebody tells you the number.
app-sign = Sign
app-face = Here the phone asks for a face, a finger or its passcode.
app-no = No, I do not want this
app-refused = The bank said no
app-refused-what = Nothing was signed. No money has moved.
app-refused-next = The number was another one, this phone is not registered, or it took too long. Begin again on the bank's page.
