//! The words of the page, in both languages.

use kanuki_risk::Outcome;
use kanuki_watch::Lang;

/// Words of one language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Lang);

/// What stands on the page.
#[derive(Clone, Copy)]
pub(super) enum Say {
    Title,
    Lead,
    Ranges,
    Totals,
    People,
    Rules,
    Measure,
    Rule,
    Events,
    Stopped,
    ByChallenge,
    Lost,
    Bothered,
    Customers,
    Shadow,
    Frauds,
    FraudYen,
    Alone,
    Honest,
    RuleCustomers,
    Beside,
    BesideLead,
    LostMore,
    BotheredMore,
    NoRule,
}

impl Words {
    pub(super) fn say(self, what: Say) -> &'static str {
        let (ja, en) = texts(what);
        self.0.pick(ja, en)
    }

    /// Whom an outcome meets.
    pub(super) fn met(self, outcome: Outcome) -> &'static str {
        let (ja, en) = match outcome {
            Outcome::Approve => ("通した", "let through"),
            Outcome::Challenge => ("追加確認を求めた", "challenged"),
            Outcome::Hold => ("保留した", "held"),
            Outcome::Decline => ("拒否した", "declined"),
            Outcome::Freeze => ("凍結した", "frozen"),
        };
        self.0.pick(ja, en)
    }

    /// From here to there.
    pub(super) fn between(self, low: &str, high: &str) -> String {
        match self.0 {
            Lang::Ja => format!("{low}〜{high}"),
            Lang::En => format!("{low} to {high}"),
        }
    }
}

const fn texts(what: Say) -> (&'static str, &'static str) {
    match what {
        Say::Title => ("規則を過去の記録で試した結果", "What these rules would have done"),
        Say::Lead => (
            "記録された出来事を、起きた順にもう一度判定しました。止められた人が次に何をしたかは分かりません。お金は動いていません。",
            "Recorded events, judged again in the order in which they happened. What somebody who was \
             stopped would have tried next is not known. No money moved.",
        ),
        Say::Ranges => (
            "幅は、記録のお客さまから引き直した100の集団のうち95で収まった範囲です（乱数の種は固定）。お客さまが少ないほど広くなります。",
            "A range is where the figure was in 95 of 100 populations drawn from the recording's own \
             customers, with a fixed seed. The fewer customers, the wider.",
        ),
        Say::Totals => ("不正の金額", "Yen of fraud"),
        Say::People => ("足止めされた正当なお客さま", "Honest customers who were stopped"),
        Say::Rules => ("規則ごと", "By rule"),
        Say::Measure => ("項目", "Figure"),
        Say::Rule => ("規則", "Rule"),
        Say::Events => ("判定した出来事", "Events judged"),
        Say::Stopped => ("止めた不正", "Fraud stopped"),
        Say::ByChallenge => ("うち追加確認だけで止めた", "Of it by a challenge alone"),
        Say::Lost => ("通した不正", "Fraud let through"),
        Say::Bothered => ("足止めされた正当なお客さま", "Honest customers stopped"),
        Say::Customers => ("正当なお客さまの総数", "Honest customers in all"),
        Say::Shadow => ("（試行）", " (in shadow)"),
        Say::Frauds => ("当たった不正", "Frauds"),
        Say::FraudYen => ("その金額", "Their yen"),
        Say::Alone => ("この規則だけが止めた", "Stopped by it alone"),
        Say::Honest => ("当たった正当な操作", "Honest acts"),
        Say::RuleCustomers => ("そのお客さま", "Their customers"),
        Say::Beside => ("最初の規則との差", "Beside the first"),
        Say::BesideLead => (
            "同じお客さまの集団で比べた差です。幅が0をまたぐときは、違いがあるとは言えません。",
            "The difference in the same populations. Where the range holds zero, nobody can say that \
             there is one.",
        ),
        Say::LostMore => ("通した不正の差", "More fraud let through"),
        Say::BotheredMore => ("足止めの差（人）", "More honest customers stopped"),
        Say::NoRule => ("どの規則も当たりませんでした。", "No rule held."),
    }
}
