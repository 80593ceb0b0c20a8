//! What a company may ask of whoever says to be the holder, and what that asks of an attacker.

use kanuki_domain::barrier::Barrier;

use super::words::Both;

/// One thing that is asked for.
#[derive(Debug)]
pub struct Factor {
    /// As it is written in a profile.
    pub name: &'static str,
    /// How far it goes.
    pub barrier: Barrier,
    /// What it is called.
    pub label: Both,
    /// What an attacker needs to get past it.
    pub need: Both,
}

const fn factor(
    name: &'static str,
    barrier: Barrier,
    label: (&'static str, &'static str),
    need: (&'static str, &'static str),
) -> Factor {
    let label = Both { ja: label.0, en: label.1 };
    Factor { name, barrier, label, need: Both { ja: need.0, en: need.1 } }
}

use Barrier::{Bound, Code, Device, Knowledge, Nothing};

/// Every factor, lowest first. The classes are those of requirement FT-10: several of one class are
/// one.
pub const FACTORS: [Factor; 27] = [
    factor("none", Nothing, ("何も求めない", "nothing"), ("何も要りません", "nothing at all")),
    factor(
        "mail_address",
        Nothing,
        ("メールアドレス(だれのでもよい)", "any e-mail address"),
        ("自分で作ったメールアドレス", "an e-mail address of their own"),
    ),
    factor(
        "any_mobile",
        Nothing,
        ("携帯電話番号(だれのでもよい)", "any mobile number"),
        ("自分の携帯電話番号", "a mobile number of their own"),
    ),
    factor(
        "bank_link",
        Nothing,
        ("銀行口座をつなげたことを本人確認とする", "that a bank account could be linked"),
        (
            "どこかの銀行口座をつなげること(銀行の確認しだいです)",
            "an account that lets itself be linked: it rests on the bank's proof alone",
        ),
    ),
    factor(
        "account_number",
        Knowledge,
        ("口座番号", "account number"),
        ("口座番号(振込先や通帳で人に知られます)", "the account number, which many people see"),
    ),
    factor("name", Knowledge, ("名前", "name"), ("あなたの名前", "your name")),
    factor(
        "birth_date",
        Knowledge,
        ("生年月日", "birth date"),
        ("あなたの生年月日", "your birth date"),
    ),
    factor(
        "registered_phone_number",
        Knowledge,
        ("届け出の電話番号を答える", "telephone number on file, told"),
        ("届け出の電話番号を知っていること", "knowing the telephone number on file"),
    ),
    factor(
        "pin",
        Knowledge,
        ("キャッシュカードの暗証番号", "PIN of the cash card"),
        (
            "4けたの暗証番号(当てる、盗み見る、聞き出す)",
            "the four-digit PIN: guessed, watched or talked out of you",
        ),
    ),
    factor(
        "balance",
        Knowledge,
        ("口座の残高", "current balance"),
        ("いまの残高(通帳や明細から)", "the current balance, from a passbook or statement"),
    ),
    factor(
        "passbook",
        Knowledge,
        ("通帳に印字された内容", "what is printed in the passbook"),
        ("通帳の内容(写真でも足ります)", "what the passbook says; a picture is enough"),
    ),
    factor(
        "password",
        Knowledge,
        ("パスワード", "password"),
        ("パスワード(偽サイト、使い回し)", "the password: by a false page, or used elsewhere"),
    ),
    factor(
        "secret_question",
        Knowledge,
        ("秘密の質問", "secret question"),
        ("秘密の質問の答え", "the answer to the secret question"),
    ),
    factor(
        "otp",
        Code,
        ("ワンタイムパスワード(方式は不明)", "one-time code, of a kind not said"),
        (
            "一度きりの番号(聞き出すか、偽サイトでその場で写す)",
            "a one-time code: talked out of you, or relayed by a false page",
        ),
    ),
    factor(
        "otp_mail",
        Code,
        ("メールで届く番号", "code by e-mail"),
        ("あなたのメール、または届いた番号", "your mailbox, or the code that came to it"),
    ),
    factor(
        "otp_sms",
        Code,
        ("SMSで届く番号", "code by SMS"),
        (
            "届け出の携帯番号の乗っ取り、または届いた番号",
            "your mobile number taken over, or the code that came to it",
        ),
    ),
    factor(
        "otp_call",
        Code,
        ("届け出の番号への電話で聞く番号", "code by a call to the number on file"),
        (
            "届け出の電話を受けること、または聞いた番号を聞き出すこと",
            "answering your telephone, or talking the code out of you",
        ),
    ),
    factor(
        "call_in",
        Code,
        ("届け出の番号から電話をかける", "a call from the number on file"),
        (
            "届け出の番号からの発信(乗っ取り、またはあなたにかけさせる)",
            "calling from your number: taken over, or by having you call",
        ),
    ),
    factor(
        "otp_token",
        Code,
        ("トークンに出る番号", "code shown by a token"),
        (
            "トークンの番号(聞き出すか、偽サイトでその場で写す)",
            "the token's code: talked out of you, or relayed by a false page",
        ),
    ),
    factor(
        "otp_app",
        Code,
        ("アプリに出る番号", "code shown by an app"),
        (
            "アプリの番号(聞き出すか、偽サイトでその場で写す)",
            "the app's code: talked out of you, or relayed by a false page",
        ),
    ),
    factor(
        "letter",
        Code,
        ("届け出の住所への手紙", "letter to the address on file"),
        ("あなたあての郵便、またはその中の番号", "your mail, or the code inside"),
    ),
    factor(
        "id_image",
        Code,
        ("身分証の写真を送る", "a picture of an identity document"),
        ("偽造した身分証の写真", "a forged document's picture"),
    ),
    factor(
        "app",
        Device,
        ("登録ずみの端末のアプリで承認", "approval in the app on a known device"),
        (
            "登録ずみのあなたの端末、またはあなたに承認させること",
            "your registered device, or having you approve",
        ),
    ),
    factor(
        "ic_card",
        Device,
        ("ICカードを読ませる", "the chip of a card"),
        ("あなたのカードそのもの", "your card itself"),
    ),
    factor(
        "branch",
        Device,
        ("窓口に本人が行く", "in person at a branch"),
        (
            "あなたの身分証を持って窓口に現れること",
            "appearing at a branch with your identity papers",
        ),
    ),
    factor(
        "passkey",
        Bound,
        ("パスキー", "passkey"),
        (
            "あなたの端末と、その指紋・顔・暗証番号の両方(偽サイトでは使えません)",
            "your device and its unlocking; a false page cannot use it",
        ),
    ),
    factor(
        "jpki",
        Bound,
        ("マイナンバーカード(公的個人認証)", "Individual Number Card (JPKI)"),
        (
            "あなたのマイナンバーカードとその暗証番号の両方",
            "your Individual Number Card and its PIN",
        ),
    ),
];

/// The factor of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Factor> {
    FACTORS.iter().find(|factor| factor.name == name)
}
