//! A filled-in agreement: what the demo's companies agreed on, and what tests start from.

use jiff::{ToSpan as _, civil::Date};

use super::{
    Agreement, Assessment, Compensation, Contract, Duty, Exchange, Fact, Factor, Finding,
    IdentityProof, Safeguards, Shares, Side, SignOff, Standards, Task, Threat,
};

const fn found(threat: Threat) -> (&'static str, &'static str) {
    match threat {
        Threat::FalseIdentity => (
            "メールアドレスだけで開いたウォレットは、だれのものでもありうる",
            "連携の前に公的個人認証で本人を確かめる",
        ),
        Threat::WeakBankProof => (
            "口座番号と暗証番号は、推測でき、売られている",
            "銀行はパスキーで署名を受け、暗証番号をWebで受け取らない",
        ),
        Threat::Phishing => (
            "読み上げさせられたコードで登録されることがある",
            "コードだけに頼る連携は、郵便で確かめるまで引き落とし0円",
        ),
        Threat::ContactTakeover => (
            "電話番号や住所を先に変えられることがある",
            "変更の前後の連絡先に知らせ、変えた連絡先には一定の間頼らない",
        ),
        Threat::PartnerCompromise => (
            "相手の鍵が盗まれれば、相手の名で引き落とせる",
            "鍵は連携先台帳に固定し、1つのスイッチですべて止める",
        ),
        Threat::OldLinks => {
            ("新しい連携を止めても、前からの連携が残る", "停止スイッチは、前からの連携にも効く")
        }
    }
}

const fn office(task: Task) -> (Side, &'static str, &'static str, &'static str) {
    let always = "24時間365日";
    match task {
        Task::IdentityProofing => {
            (Side::Wallet, "本人確認課 上田", "03-0000-0101", "平日9時から18時")
        }
        Task::HolderAuthentication => {
            (Side::Bank, "事務企画部 青木", "03-0000-0201", "平日9時から17時")
        }
        Task::Monitoring => (Side::Both, "不正対策センター 馬場", "03-0000-0202", always),
        Task::Notice => (Side::Both, "お客さま通知係 千葉", "03-0000-0203", always),
        Task::ContactDesk => (Side::Wallet, "被害相談窓口 江口", "0120-000-104", always),
        Task::Suspension => (Side::Both, "当直責任者 土井", "03-0000-0105", always),
    }
}

/// An agreement without gaps, assessed on `today`, to be looked at again in a year.
#[must_use]
pub fn example(today: Date) -> Agreement {
    let text = str::to_owned;
    let sign_off = |name, role| SignOff { name: text(name), role: text(role), on: Some(today) };
    let threats = Threat::ALL.iter().map(|threat| {
        let (finding, measure) = found(*threat);
        (*threat, Finding { finding: text(finding), measure: text(measure) })
    });
    let duties = Task::ALL.iter().map(|task| {
        let (side, contact, reach, hours) = office(*task);
        let duty = Duty {
            side: Some(side),
            contact: text(contact),
            reach: text(reach),
            hours: text(hours),
        };
        (*task, duty)
    });
    Agreement {
        assessment: Assessment {
            assessed_on: Some(today),
            review_by: today.checked_add(365.days()).ok(),
            threats: threats.collect(),
            wallet: sign_off("大野 薫", "ウォレット 最高リスク責任者"),
            bank: sign_off("近藤 誠", "銀行 リスク統括部長"),
        },
        duties: duties.collect(),
        safeguards: Safeguards {
            identity: Some(IdentityProof::Jpki),
            matched: Fact::ALL.iter().copied().collect(),
            factors: [Factor::Possession, Factor::Inherence].into(),
            wallet_measure: text("マイナンバーカードの署名用電子証明書"),
            bank_measure: text("銀行に登録したパスキー"),
            contact_change_days: Some(30),
            bank_verified: true,
            same_person: true,
        },
        contract: Contract {
            evaluated_on: Some(today),
            evaluation: text("双方の本人確認・認証・監視・補償を基準に照らして評価し、適合と判断"),
            concluded_on: Some(today),
            identity_tasks: text("契約書第5条：本人確認はウォレット、預金者の確認は銀行が行う"),
            supervision: text("契約書第9条：四半期ごとの報告、立入り、是正の求め"),
        },
        compensation: Compensation {
            cases: text("なりすまし、乗っ取りによる引落し・送金は、過失がなければ全額"),
            procedure: text("届け出、保全、30日以内の調査と回答、支払い、再調査の申し出"),
            pays_first: Some(Side::Wallet),
            split: Shares { wallet_cause: Some(100), bank_cause: Some(0), other_cause: Some(50) },
            contact: text("被害相談窓口 0120-000-104（24時間）"),
            publication: text("同じ手口が広がるおそれがあるとき、または被害者が複数のとき"),
            non_customers: true,
        },
        standards: Standards::default(),
        exchange: Exchange::default(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::{super::Lack, *};

    const TODAY: Date = date(2026, 11, 22);

    #[test]
    fn an_empty_agreement_meets_no_row_and_the_example_meets_all() {
        let rows: BTreeSet<&str> =
            Agreement::default().gaps(TODAY).iter().map(|gap| gap.requirement).collect();
        let all = [
            "FT-01", "FT-05", "FT-06", "FT-07", "FT-08", "FT-09", "FT-10", "FT-11", "FT-12",
            "FT-13", "FT-14", "FT-15", "FT-16", "FT-17", "FT-26",
        ];

        assert_eq!(rows, all.into());
        assert_eq!(example(TODAY).gaps(TODAY), []);
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table, a row per gap")]
    fn each_missing_field_is_the_gap_of_its_row() {
        type Break = fn(&mut Agreement);
        let table: &[(&str, &str, Lack, Break)] = &[
            ("FT-01", "assessment.threats.phishing.measure", Lack::Missing, |a| {
                a.assessment.threats.get_mut(&Threat::Phishing).unwrap().measure = " ".into();
            }),
            ("FT-05", "assessment.assessed_on", Lack::Ahead, |a| {
                a.assessment.assessed_on = Some(date(2026, 11, 23));
                a.assessment.wallet.on = None;
                a.assessment.bank.on = None;
            }),
            ("FT-05", "assessment.bank.name", Lack::Missing, |a| {
                a.assessment.bank.name.clear();
            }),
            ("FT-05", "assessment.wallet.on", Lack::TooSoon, |a| {
                a.assessment.wallet.on = Some(date(2026, 11, 21));
            }),
            ("FT-06", "duties.notice.hours", Lack::Missing, |a| {
                a.duties.get_mut(&Task::Notice).unwrap().hours.clear();
            }),
            ("FT-06", "duties.contact_desk.contact", Lack::Missing, |a| {
                a.duties.remove(&Task::ContactDesk);
            }),
            ("FT-07", "safeguards.matched.birth_date", Lack::Missing, |a| {
                a.safeguards.matched.remove(&Fact::BirthDate);
            }),
            ("FT-08", "safeguards.identity", Lack::Missing, |a| a.safeguards.identity = None),
            ("FT-09", "safeguards.matched.phone", Lack::Missing, |a| {
                a.safeguards.identity = Some(IdentityProof::IcChip);
                a.safeguards.matched.remove(&Fact::Phone);
            }),
            ("FT-10", "safeguards.factors", Lack::TooFew, |a| {
                a.safeguards.factors = [Factor::Knowledge].into();
            }),
            ("FT-11", "safeguards.bank_measure", Lack::Same, |a| {
                a.safeguards.bank_measure = a.safeguards.wallet_measure.clone();
            }),
            ("FT-12", "safeguards.contact_change_days", Lack::Missing, |a| {
                a.safeguards.contact_change_days = Some(0);
            }),
            ("FT-13", "assessment.review_by", Lack::Passed, |a| {
                a.assessment.review_by = Some(date(2026, 11, 21));
            }),
            ("FT-13", "assessment.review_by", Lack::TooFar, |a| {
                a.assessment.review_by = Some(date(2028, 1, 1));
            }),
            ("FT-14", "duties.suspension.reach", Lack::Missing, |a| {
                a.duties.get_mut(&Task::Suspension).unwrap().reach.clear();
            }),
            ("FT-15", "safeguards.bank_verified", Lack::Missing, |a| {
                a.safeguards.bank_verified = false;
            }),
            ("FT-15", "safeguards.same_person", Lack::Missing, |a| {
                a.safeguards.same_person = false;
            }),
            ("FT-16", "contract.evaluation", Lack::Missing, |a| a.contract.evaluation.clear()),
            ("FT-16", "contract.concluded_on", Lack::TooSoon, |a| {
                a.contract.concluded_on = Some(date(2026, 11, 1));
            }),
            ("FT-17", "contract.supervision", Lack::Missing, |a| a.contract.supervision.clear()),
            ("FT-26", "compensation.cases", Lack::Missing, |a| a.compensation.cases.clear()),
            ("FT-26", "compensation.procedure", Lack::Missing, |a| {
                a.compensation.procedure.clear();
            }),
            ("FT-26", "compensation.pays_first", Lack::Missing, |a| {
                a.compensation.pays_first = None;
            }),
            ("FT-26", "compensation.split.bank_cause", Lack::Unsafe, |a| {
                a.compensation.split.bank_cause = Some(101);
            }),
            ("FT-26", "compensation.contact", Lack::Missing, |a| a.compensation.contact.clear()),
            ("FT-26", "compensation.publication", Lack::Missing, |a| {
                a.compensation.publication.clear();
            }),
            ("FT-26", "compensation.non_customers", Lack::Missing, |a| {
                a.compensation.non_customers = false;
            }),
        ];
        for (requirement, path, lack, breaks) in table {
            let mut agreement = example(TODAY);
            breaks(&mut agreement);
            let gaps = agreement.gaps(TODAY);
            let is_named = gaps
                .iter()
                .any(|g| g.requirement == *requirement && g.path == *path && g.lack == *lack);
            assert!(is_named, "{requirement} {path} {lack:?}: {gaps:?}");
        }
    }

    #[test]
    fn jpki_may_do_without_address_and_phone_and_nothing_else_may() {
        let mut agreement = example(TODAY);
        agreement.safeguards.matched = [Fact::Name, Fact::BirthDate].into();
        assert_eq!(agreement.gaps(TODAY), []);
        agreement.safeguards.identity = Some(IdentityProof::Other);
        assert_eq!(agreement.gaps(TODAY).len(), 2);
    }

    #[test]
    fn a_review_that_nobody_made_is_overdue_the_day_after() {
        let agreement = example(TODAY);
        let by = agreement.assessment.review_by.unwrap();

        assert!(!agreement.is_overdue(by));
        assert!(agreement.is_overdue(by.tomorrow().unwrap()));
        assert!(Agreement::default().is_overdue(TODAY));
    }
}
