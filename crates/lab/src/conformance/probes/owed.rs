//! What is owed to whoever was harmed, and for how long what happened can be shown.

use kanuki_domain::{agreement::today, business};
use kanuki_site::{Lang, show};

use super::{before, public::ELSEWHERE};
use crate::{
    browser::Page,
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up},
    },
    world::WALLET,
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "claim-clock",
        observe: |scene| Box::pin(claim_clock(scene)),
        off: Off {
            about: "whoever reports is told no day by which the money is back",
            apply: |plan| plan.tamper = before(mask::promises_no_day),
        },
    },
    Probe {
        id: "look-back",
        observe: |scene| Box::pin(look_back(scene)),
        off: Off {
            about: "a look-back that two people agreed to tell of tells nobody",
            apply: |plan| plan.tamper = before(mask::tells_no_past),
        },
    },
    Probe {
        id: "monthly-report",
        observe: |scene| Box::pin(monthly_report(scene)),
        off: Off {
            about: "nobody writes a report of the month",
            apply: |plan| plan.tamper = before(mask::reports_no_month),
        },
    },
    Probe {
        id: "kept-for-years",
        observe: |scene| Box::pin(kept_for_years(scene)),
        off: Off {
            about: "the companies keep their records for a year",
            apply: |plan| plan.tamper = before(mask::keeps_one_year),
        },
    },
];

/// The first word of a page that begins so.
pub(super) fn word<'a>(page: &'a Page, start: &str) -> Option<&'a str> {
    let mut words =
        page.document.text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
    words.find(|word| word.starts_with(start))
}

/// The code that goes with a report: three groups of four after its label.
pub(super) fn code(page: &Page) -> Option<String> {
    let (_, after) = page.document.text.split_once("確認コード")?;
    let is_group =
        |group: &&str| group.len() == 4 && group.chars().all(|c| c.is_ascii_alphanumeric());
    let groups: Vec<&str> = after.split_whitespace().filter(is_group).take(3).collect();
    (groups.len() == 3).then(|| groups.join("-"))
}

/// Somebody with no account at either tells the wallet of a bank, and follows what becomes of it.
async fn claim_clock(scene: Scene) -> Seen {
    let mut stranger = scene.stranger("no customer of anybody");
    let form_page = stranger.browser.open(&format!("{WALLET}/report")).await?;
    let form = form_page.form_with("text")?;
    let form = form
        .with("contact", "090-0000-0000")
        .with("text", "覚えのない引き落とし")
        .with("about", scene.world.bank_code(scene.person.bank));
    let due = business::after(today(scene.world.now()), 5);
    let day = show::civil_date(Lang::Ja, due);
    let done = stranger.browser.submit(&form_page, &form).await?;
    let (Some(number), Some(code)) = (word(&done, "cas_"), code(&done)) else {
        return Err(Fault::Lost("the report gave no number or no code".to_owned()));
    };
    if !promises(&done, &day) {
        return Err(Fault::Broken(format!("a report is not told that the money is back by {day}")));
    }
    let page = stranger.browser.open(&format!("{WALLET}/report/look")).await?;
    let look = page.form_with("code")?.with("number", number);
    let wrong =
        stranger.browser.submit(&page, &look.clone().with("code", mask::WRONG_REPORT_CODE)).await?;
    let known = stranger.browser.submit(&page, &look.clone().with("code", code.as_str())).await?;
    if wrong.status.is_success() || !promises(&known, &day) {
        return Err(Fault::Broken(
            "the clock of a report is no affair of its code alone".to_owned(),
        ));
    }
    if ELSEWHERE.iter().any(|words| known.document.text.contains(words)) {
        return Err(Fault::Broken("the report is sent to the other company".to_owned()));
    }
    scene.hours(1).await;
    let (mut staff, host) = scene.staff(true).await?;
    let at_bank = staff.open(&format!("{host}/desk/cases/{number}")).await?;
    if !at_bank.status.is_success() {
        return Err(Fault::Broken("the bank does not know the number of the wallet".to_owned()));
    }
    // Over a week and whatever holidays may lie in it: nobody had the money.
    scene.hours(16 * 24).await;
    let page = stranger.browser.open(&format!("{WALLET}/report/look")).await?;
    let look = page.form_with("code")?.with("number", number).with("code", code.as_str());
    let late = stranger.browser.submit(&page, &look).await?;
    seen(
        late.document.text.contains("お約束の日を過ぎています"),
        format!(
            "somebody without any account reported at the wallet and was told a number, a code and {due} as the \
             day by which the money is back: five business days; the code, and no other, shows the same day; \
             the bank's desk has the case under the same number; when the day had passed, the page said so"
        ),
        "a day that was promised passed, and whoever waits is not told that it did",
    )
}

fn promises(page: &Page, day: &str) -> bool {
    let text = &page.document.text;
    page.status.is_success() && text.contains("返金の期限") && text.contains(day)
}

/// What is learned after the money has gone: one debit of two is like it.
const LEARNED: &str = "rule learned on debit when amount >= ¥8,000 then decline as learned-later";

/// The bank learns of a pattern after the crime, looks for it, and tells whom it hit.
async fn look_back(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 8_760).await?;
    must_top_up(&mut browser, 1_230).await?;
    scene.hours(24).await;
    let (mut staff, host) = scene.staff(true).await?;
    let list = staff.open(&format!("{host}/desk/lookback")).await?;
    let form = list.form_with("rule")?.with("rule", LEARNED).with("reason", "probe");
    let begun = staff.submit(&list, &form).await?;
    if !begun.url.path().starts_with("/desk/lookback/") {
        return Err(begun.missing("look-back").into());
    }
    scene.hours(2).await;
    // By now whoever began it would have to sign in again.
    let (mut staff, _) = scene.staff_called(true, "検査 照会").await?;
    let found = staff.open(begun.url.as_str()).await?;
    let text = &found.document.text;
    if !text.contains("8,760") || text.contains("1,230") {
        return Err(Fault::Broken(
            "a pattern that was learned later does not find the debit that is like it, and that one alone"
                .to_owned(),
        ));
    }
    let tell = found.form(&format!("{}/tell", begun.url.path()))?.with("reason", "probe");
    let asked = staff.submit(&found, &tell).await?;
    if asked.form(&format!("{}/agree", begun.url.path())).is_ok() {
        return Err(Fault::Broken("one person alone could tell customers".to_owned()));
    }
    let (mut second, _) = scene.staff_called(true, "検査 承認").await?;
    let page = second.open(begun.url.as_str()).await?;
    let agree = page.form(&format!("{}/agree", begun.url.path()))?;
    second.submit(&page, &agree).await?;
    scene.hours(2).await;
    let [mail, phone] = scene.told_by_bank("お確かめください");
    seen(
        mail > 0 && phone > 0,
        "a pattern that was learned later found, among past debits, the one of ¥8,760 that is like it and not the \
         other; when two people of the bank had agreed, its holder was told by mail and telephone number on file",
        "two people agreed to tell whom a look-back hit, and nobody was told",
    )
}

/// What each company's desk says of its own schedule, which is the one that its worker obeys.
async fn kept_for_years(scene: Scene) -> Seen {
    for is_bank in [false, true] {
        let (mut staff, host) = scene.staff(is_bank).await?;
        let page = staff.open(&format!("{host}/desk/retention")).await?;
        let text = &page.document.text;
        if !page.is_at("/desk/retention") || !text.contains("保存") {
            return Err(page.missing("retention").into());
        }
        let wanted: &[&str] = if is_bank {
            &["7年", "10年", "犯収法", "府令33条"]
        } else {
            &["7年", "犯収法"]
        };
        for part in wanted {
            if !text.contains(part) {
                return Err(Fault::Broken(format!("{host} keeps nothing for {part}")));
            }
        }
        if !text.contains("帳簿（元帳）と監査記録は消しません") {
            return Err(Fault::Broken(format!("{host} does not say that its books stay")));
        }
    }
    Ok("both desks show the schedule that their worker obeys: what identifies a customer and what happened for \
        seven years from its end, contracts for ten, books and audit log for ever"
        .to_owned())
}

/// What both desks have for their management about a month in which something happened.
async fn monthly_report(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 12_340).await?;
    let (mut clerk, pages) = scene.staff(false).await?;
    let page = clerk.open(&format!("{pages}/desk/switches")).await?;
    let stop = page.form("/desk/switches/stop")?.with("reason", "probe");
    clerk.submit(&page, &stop).await?;
    scene.hours(1).await;
    for is_bank in [false, true] {
        let (mut staff, host) = scene.staff_called(is_bank, "検査 報告").await?;
        let page = staff.open(&format!("{host}/desk/monthly")).await?;
        let text = &page.document.text;
        if !page.is_at("/desk/monthly") || !text.contains("12,340") {
            return Err(Fault::Broken(format!(
                "{host} has no report of what was taken in the month"
            )));
        }
        let file = staff.follow(&page, &page.link("/desk/monthly/json?")?).await?;
        let file: Result<serde_json::Value, _> = serde_json::from_str(file.document.text.trim());
        let file = file.map_err(|error| Fault::Lost(format!("no JSON: {error}")))?;
        let figure = |line: &str, what: &str| {
            file.pointer(&format!("/figures/{line}/{what}")).and_then(serde_json::Value::as_u64)
        };
        let is_whole = figure("debits", "yen") == Some(12_340)
            && file.get("counted_to").is_some_and(serde_json::Value::is_object);
        let has_switch = is_bank || figure("switches_closed", "times") == Some(1);
        if !is_whole || !has_switch {
            return Err(Fault::Broken(format!("the report of {host} leaves out what happened")));
        }
    }
    Ok("both desks have a report of the month, drawn and as JSON, counted from the audit log up to a named entry: \
        links, debits with their yen (¥12,340), refusals, cases, claims, switches (one was pressed), what was \
        loosened, overdue reviews and drills"
        .to_owned())
}
