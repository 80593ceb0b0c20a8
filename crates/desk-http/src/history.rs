//! What a case is about, who did something to it and what was noted, in words. What is kept has names that
//! programs compare: ids of partners, codes, `system`.

use jiff::{Timestamp, civil::Date};
use kanuki_desk::case::Case;
use kanuki_domain::{
    case_number,
    id::{CustomerId, HolderId, RiskRecordId, StaffId},
};
use kanuki_site::{Visit, number, risk_record, show};
use maud::{Markup, html};

use crate::{Company, name};

/// Whoever is nobody of the staff and no person or partner, as a history names them.
const OTHERS: [&str; 4] = ["system", "core", "bank", "stop_code"];

/// Notes of Kanuki's own whose only detail is a partner's id.
const OF_A_PARTNER: [&str; 7] = [
    "told_by_bank",
    "no_answer",
    "bank_to_call",
    "end_unknown",
    "ended_at_bank",
    "pay_by_hand",
    "report_told",
];

/// Who did something: staff and partners by their names, everybody else in words.
pub async fn who(desk: &dyn Company, visit: &Visit, by: &str) -> String {
    if OTHERS.contains(&by) {
        return visit.t(&format!("history-by-{by}"));
    }
    if by.parse::<CustomerId>().is_ok() || by.parse::<HolderId>().is_ok() {
        return visit.t("history-by-person");
    }
    if by.parse::<StaffId>().is_ok() {
        return name(desk, by).await;
    }
    partner(desk, by).await
}

/// A partner's name; its id where nobody knows it any more.
pub async fn partner(desk: &dyn Company, id: &str) -> String {
    desk.partner_name(id).await.unwrap_or_else(|_| id.to_owned())
}

/// What a case is about: a movement, a wallet or a link by its number, everything else in words.
pub async fn about(desk: &dyn Company, visit: &Visit, case: &Case) -> Markup {
    let Some((kind, of)) = case.about.split_once('|') else {
        return number::of(&case.about);
    };
    match kind {
        // Beside the partner may stand which of its alarms are counted.
        "reported" | "told" | "line" | "flood" => {
            let id = of.split('|').next().unwrap_or(of);
            let key = format!("history-about-{kind}");
            html! { (named(visit, &key, &partner(desk, id).await)) }
        }
        "breaker" => html! { (breaker(desk, visit, of).await) },
        "rule" => html! { (named(visit, "history-about-rule", of)) },
        "unproven" => html! { (visit.t("history-about-unproven")) },
        "unreached" => html! { (visit.t("history-about-unreached")) " " code { (of) } },
        "review" if of.parse::<RiskRecordId>().is_ok() => {
            html! { a href={ (risk_record::BASE) "/" (of) } { (visit.t("risk-record")) } }
        }
        "review" => {
            html! { (named(visit, "history-about-review", &partner(desk, of).await)) }
        }
        // A movement that the books of both do not have alike.
        _ => html! { (partner(desk, kind).await) " " code { (of) } },
    }
}

/// A breaker by its name: of new links, or of one partner's comparisons.
pub async fn breaker(desk: &dyn Company, visit: &Visit, id: &str) -> String {
    match id.split_once('|') {
        Some((_, id)) => named(visit, "history-about-breaker", &partner(desk, id).await),
        None => visit.t("history-about-new-links"),
    }
}

fn named(visit: &Visit, key: &str, name: &str) -> String {
    visit.t_args(key, &[("name", name.into())])
}

/// A line of a history with its details spelled out: `=no_answer|9901` names the bank. What people wrote
/// stays as it is, and so does what the companies have words of their own for.
pub async fn spelled(desk: &dyn Company, visit: &Visit, text: &str) -> String {
    let noted = text.strip_prefix('=').and_then(|noted| noted.split_once('|'));
    let Some((code, more)) = noted else { return text.to_owned() };
    let more = match code {
        _ if OF_A_PARTNER.contains(&code) => partner(desk, more).await,
        "case_handed" => name(desk, more).await,
        "unreached" => notice(visit, more),
        "asked_again" => known(visit, &format!("history-state-{more}"), more),
        "recoup_refused" => known(visit, &format!("refusal-{more}"), more),
        "review_due" => match more.parse::<Date>() {
            Ok(day) => show::civil_date(visit.lang(), day),
            Err(_) => more.to_owned(),
        },
        "breaker_opened" => match more.rsplit_once(' ').map(|(rule, at)| (rule, at.parse())) {
            Some((rule, Ok(at))) => until(visit, rule, at),
            _ => more.to_owned(),
        },
        "exchange_match" => matched(visit, more),
        _ if code.starts_with("difference_") => {
            let sides: Vec<String> = more.split(" / ").map(|side| line(visit, side)).collect();
            sides.join(" / ")
        }
        _ => case_number::said_of(more),
    };
    format!("={code}|{more}")
}

/// The text of this key, or what was kept where there is none.
fn known(visit: &Visit, key: &str, kept: &str) -> String {
    visit.site.texts.find(visit.lang(), key, &[]).unwrap_or_else(|| kept.to_owned())
}

/// A kind of notice by its subject line, with what only the notice itself knows left open.
fn notice(visit: &Visit, kind: &str) -> String {
    let open = ["bank", "amount", "collector", "month", "partner", "reference", "sum"];
    let open = open.map(|name| (name, "…".into()));
    let subject = visit.site.texts.find(visit.lang(), &format!("notice-{kind}-subject"), &open);
    let Some(subject) = subject else { return kind.to_owned() };
    match subject.split_once('】').or_else(|| subject.split_once(']')) {
        Some((_company, what)) => what.trim().to_owned(),
        None => subject,
    }
}

fn until(visit: &Visit, rule: &str, at: Timestamp) -> String {
    let at = show::instant(visit.lang(), at);
    visit.t_args("history-until", &[("rule", rule.into()), ("at", at.into())])
}

/// `Bank (phone, mail)`: which identifiers a partner knows.
fn matched(visit: &Visit, more: &str) -> String {
    let Some((partner, kinds)) = more.strip_suffix(')').and_then(|more| more.rsplit_once(" ("))
    else {
        return more.to_owned();
    };
    let kinds = kinds.split(", ").map(|kind| known(visit, &format!("agr-fact-{kind}"), kind));
    let kinds: Vec<String> = kinds.collect();
    format!("{partner} ({})", kinds.join(&visit.t("loosened-and")))
}

/// `debit ¥1,000 booked 2026-11-28T01:00:00Z`: a movement as one of both books has it.
fn line(visit: &Visit, side: &str) -> String {
    let parts: Vec<&str> = side.split(' ').collect();
    match parts.as_slice() {
        ["-"] => visit.t("history-nothing"),
        [kind, amount, standing, at] => {
            let kind = known(visit, &format!("books-kind-{kind}"), kind);
            let standing = known(visit, &format!("history-line-{standing}"), standing);
            let at = at.parse().map(|at| show::instant(visit.lang(), at));
            let at = at.unwrap_or_else(|_| parts.last().copied().unwrap_or_default().to_owned());
            format!("{kind} {amount} {standing} {at}")
        }
        _ => side.to_owned(),
    }
}
