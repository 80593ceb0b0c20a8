//! The policy that is in force until two people of a company put another in its place; the same text
//! is `docs/operators/compensation.example.toml`.

use super::{
    Contact, Extent, PAUSE_DAYS_MAX, Policy, Procedure, REFUND_DAYS, Scenario, Split, Text, Whom,
};
use crate::agreement::Side;

fn text(ja: &str, en: &str) -> Text {
    Text { ja: ja.to_owned(), en: en.to_owned() }
}

/// The policy that ships.
#[must_use]
pub fn shipped() -> Policy {
    Policy {
        version: "2026-11-28".to_owned(),
        scenarios: scenarios(),
        procedure: Procedure {
            steps: steps(),
            answer_days: Some(1),
            refund_days: Some(REFUND_DAYS),
            pause_days: Some(PAUSE_DAYS_MAX),
        },
        split: Split {
            pays_first: Some(Side::Wallet),
            how: text(
                "被害にあわれた方へは、ウォレットの会社が先に全額をお支払いします。会社どうしの分担が決まっていなくても、お支払いを待たせません。お支払いのあとで、ウォレットの会社と銀行が、それぞれの確認の手落ちに応じて分担します。",
                "The wallet company pays the person who lost money, all of it and first, and does not wait until the companies have settled their shares. Afterwards the wallet and the bank share by what each failed to check.",
            ),
            wallet_cause: Some(100),
            bank_cause: Some(0),
            other_cause: Some(50),
        },
        contact: Contact {
            desk: text("被害相談窓口", "Victims' desk"),
            phone: "0120-000-104".to_owned(),
            hours: text("24時間365日", "at any hour, every day"),
        },
        publication: text(
            "同じ手口の被害が広がるおそれがあるとき、または被害が複数の方に及んだときは、確認でき次第すみやかに公表します。公表するのは手口のあらまし、件数、金額、対応です。被害にあわれた方がわかる内容は公表しません。",
            "As soon as it is confirmed, when the same method may harm more people or has harmed several: the method in outline, how many cases, how much, what we did. Nothing that shows who was harmed.",
        ),
    }
}

fn scenarios() -> Vec<Scenario> {
    let one = |whom, what, extent, conditions| Scenario {
        whom: Some(whom),
        what,
        extent: Some(extent),
        conditions,
    };
    vec![
        one(
            Whom::NonCustomer,
            text(
                "ほかの人があなたになりすましてウォレットを開き、あなたの銀行口座から引き落とした",
                "Somebody opened a wallet in your name and debited your bank account",
            ),
            Extent::Full,
            text(
                "ウォレットをお持ちでなくても、どちらの会社のお客さまでなくても対象です。だまされてコードを伝えただけでは、減額しません。",
                "Also when you have no wallet and are nobody's customer. Being tricked into telling a code takes nothing away.",
            ),
        ),
        one(
            Whom::Customer,
            text(
                "ほかの人があなたのウォレットに入り、チャージ、送金、支払い、出金をした",
                "Somebody got into your wallet and topped up, sent, paid or withdrew money",
            ),
            Extent::Full,
            text(
                "お気づきになってからすみやかにお届けください。30日を過ぎていても、やむを得ない事情があれば対象です。",
                "Please tell us soon after you notice. After 30 days too, if there was a good reason for the delay.",
            ),
        ),
        one(
            Whom::Customer,
            text("ご本人に重大な過失があった", "You were grossly negligent"),
            Extent::Part,
            text(
                "重大な過失があったことは、会社が証拠で示します。疑いだけでは減額しません。",
                "That you were is for the company to prove with evidence. Suspicion takes nothing away.",
            ),
        ),
        one(
            Whom::Customer,
            text("ご本人やご家族の取引だった", "You or your family did it yourselves"),
            Extent::Nothing,
            text(
                "ご本人が署名した記録など、名前を挙げられる証拠があるときに限ります。",
                "Only where there is evidence that has a name, such as what you signed yourself.",
            ),
        ),
    ]
}

fn steps() -> Vec<Text> {
    vec![
        text(
            "お知らせにある停止コードを「取引を止める」に入れると、その場で止まります。「相談・届け出」や電話でもお知らせいただけます。受付番号をその場でお渡しし、ご本人と確かめられたところで、残っているお金を保全します。",
            "The stop code on our notices stops it at once, under “Stop”. You can also use “Tell us”, or telephone. You get a case number at once, and what is left is secured as soon as we know that it is you.",
        ),
        text(
            "銀行とウォレットの会社が、同じ受付番号で記録を調べます。片方の会社に届ければ足り、もう片方にお尋ねいただく必要はありません。",
            "The bank and the wallet look into their records under the same number. Telling one of them is enough; nobody sends you to the other.",
        ),
        text(
            "結果と理由をお知らせし、お金が出ていった銀行口座へお支払いします。",
            "We tell you the result and our reasons, and pay into the bank account that the money left.",
        ),
        text(
            "結果に納得できないときは、別の担当者による再調査を申し込めます。資金決済法などに基づく紛争解決機関に申し立てることもできます。",
            "If you disagree, another member of staff looks again. You can also turn to the dispute resolution bodies that the law names.",
        ),
    ]
}
