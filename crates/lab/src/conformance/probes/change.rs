//! Nothing is loosened without somebody having looked at the risks first, and looking again in time.

use jiff::{ToSpan as _, civil::Date};
use kanuki_domain::agreement::today;

use super::before;
use crate::{
    browser::{Browser, Form, Page},
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::Scene,
    },
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "risk-record",
        observe: |scene| Box::pin(risk_record(scene)),
        off: Off {
            about: "the desk takes looser rules without a record of their risks",
            apply: |plan| plan.tamper = before(mask::takes_bare_loosening),
        },
    },
    Probe {
        id: "review-in-time",
        observe: |scene| Box::pin(review_in_time(scene)),
        off: Off {
            about: "the desk says nothing of reviews that nobody made",
            apply: |plan| plan.tamper = before(mask::forgets_reviews),
        },
    },
    Probe {
        id: "wider-onboarding",
        observe: |scene| Box::pin(wider_onboarding(scene)),
        off: Off {
            about: "the desk dates the joint assessment anew by itself when onboarding is opened wider",
            apply: |plan| plan.tamper = before(mask::dates_assessments_anew),
        },
    },
];

/// The desk's form with rules of which one is written down and not obeyed any more.
async fn loosened(staff: &mut Browser, host: &str) -> Result<(Page, Form), Fault> {
    let page = staff.open(&format!("{host}/desk/risk/policy")).await?;
    let form = page.form("/desk/risk/policy")?;
    let text = form.value("text").unwrap_or_default();
    let looser = text
        .replace("then decline as burst\n", "then decline as burst shadow\n")
        .replacen("version \"", "version \"looser-", 1);
    if looser == text || !looser.contains("burst shadow") {
        return Err(Fault::Lost("the rules have no rule of that name".to_owned()));
    }
    let form = form.with("text", looser).with("reason", "probe").with("act", "propose");
    Ok((page, form))
}

/// A record that a person wrote, with what every bank said to it, good for `days`.
fn written(form: Form, page: &Page, today: Date, days: i64) -> Form {
    let mut form = form
        .with("finding-0", "a thief empties a wallet in one night")
        .with("measure-0", "the caps stay as they are")
        .with("review_by", today.saturating_add(days.days()).to_string());
    let Ok(asked) = page.form("/desk/risk/policy") else { return form };
    for name in asked.names().filter_map(|name| name.strip_prefix("says-")) {
        form = form
            .with(&format!("says-{name}"), "agreed")
            .with(&format!("name-{name}"), "head of fraud")
            .with(&format!("on-{name}"), today.to_string());
    }
    form
}

/// Staff of the wallet loosen a rule without a record of the risks, and with one.
async fn risk_record(scene: Scene) -> Seen {
    let (mut staff, host) = scene.staff(false).await?;
    let (page, form) = loosened(&mut staff, &host).await?;
    let bare = staff.submit(&page, &form).await?;
    if bare.is_at("/desk/approvals") {
        return Err(Fault::Broken("a rule was loosened without a record of its risks".to_owned()));
    }
    for row in ["FT-01", "FT-05", "FT-13"] {
        if !bare.document.text.contains(row) {
            return Err(bare.missing(row).into());
        }
    }
    let whole = written(form, &bare, today(scene.world.now()), 30);
    let page = staff.submit(&bare, &whole).await?;
    if !page.is_at("/desk/approvals") {
        return Err(page.missing("approvals").into());
    }
    let list = staff.open(&format!("{host}/desk/risk/records")).await?;
    let record = staff.follow(&list, &list.link("/desk/risk/records/")?).await?;
    let text = &record.document.text;
    seen(
        text.contains("ルール「burst") && text.contains("もう一人の承認待ち"),
        "a rule that would hold no more is refused without a record of its risks, each bank's view and a \
         day of review (FT-01, FT-05, FT-13); with one it waits for a second person, and the desk keeps \
         what was written with its SHA-256",
        "the desk does not show the record that was written",
    )
}

/// Two people loosen a rule for a month, and nobody looks again.
async fn review_in_time(scene: Scene) -> Seen {
    let (mut staff, host) = scene.staff(false).await?;
    let (page, form) = loosened(&mut staff, &host).await?;
    let bare = staff.submit(&page, &form).await?;
    let whole = written(form, &bare, today(scene.world.now()), 30);
    staff.submit(&bare, &whole).await?;
    let (mut second, _) = scene.staff_called(false, "検査 承認").await?;
    let page = second.open(&format!("{host}/desk/approvals")).await?;
    let agree = page.document.forms.iter().find(|form| form.action.ends_with("/approve")).cloned();
    let agree = agree.ok_or_else(|| page.missing("approve"))?;
    second.submit(&page, &agree).await?;
    scene.hours(40 * 24).await;
    let (mut later, host) = scene.staff_called(false, "検査 翌月").await?;
    let desk = later.open(&format!("{host}/desk")).await?;
    let text = &desk.document.text;
    seen(
        text.contains("リスク評価の見直しの期日が過ぎています")
            && text.contains("リスク評価の見直しの期日が過ぎた"),
        "ten days after the day of review the desk's first page says so, and there is a case for it",
        "a day of review passed and nobody was told",
    )
}

/// The days on which the joint assessment was made and each side stood for it.
pub(super) const ASSESSED: [&str; 3] = [
    "agreement.assessment.assessed_on",
    "agreement.assessment.wallet.on",
    "agreement.assessment.bank.on",
];

/// Proposes that the wallet's customers prove who they are by a document's chip, where they had to by
/// their certificate; with an assessment made on `assessed`, or the one that is there.
async fn widened(staff: &mut Browser, file: &Page, assessed: Option<Date>) -> Result<Page, Fault> {
    let page = staff.follow(file, &file.link("/desk/propose?")?).await?;
    let form = page.form_with(PROOF)?;
    if form.value(PROOF) != Some("jpki") {
        return Err(Fault::Lost("the wallet is not agreed to prove by certificate".to_owned()));
    }
    let mut form = form.with(PROOF, "ic_chip").with("reason", "probe");
    if let Some(day) = assessed {
        for name in ASSESSED {
            form = form.with(name, day.to_string());
        }
    }
    let version = staff.submit(&page, &form).await?;
    let is_version = version.url.path().starts_with("/desk/partners/");
    if is_version { Ok(version) } else { Err(version.missing("version").into()) }
}

/// Where it says how the wallet's customers prove who they are.
const PROOF: &str = "agreement.safeguards.identity";

/// The bank's staff open the onboarding that they agreed on with the wallet wider, first without a new
/// assessment of the whole service, then with one.
async fn wider_onboarding(scene: Scene) -> Seen {
    scene.hours(25).await;
    let (mut staff, host) = scene.staff(true).await?;
    let (mut second, _) = scene.staff_called(true, "検査 承認").await?;
    let list = staff.open(&format!("{host}/desk/partners")).await?;
    let file = staff.follow(&list, &list.link("/desk/partners/")?).await?;

    let bare = widened(&mut staff, &file, None).await?;
    let seen_by_second = second.open(bare.url.as_str()).await?;
    if seen_by_second.passkey_form().is_ok() {
        return Err(Fault::Broken(
            "onboarding could be opened wider on an assessment that was made before".to_owned(),
        ));
    }
    if !seen_by_second.document.text.contains("INC-17") {
        return Err(seen_by_second.missing("INC-17").into());
    }
    let decline = bare.document.forms.iter().find(|form| form.action.ends_with("/decline"));
    let decline = decline.cloned().ok_or_else(|| bare.missing("decline"))?;
    staff.submit(&bare, &decline).await?;

    let whole = widened(&mut staff, &file, Some(today(scene.world.now()))).await?;
    if whole.passkey_form().is_ok() {
        return Err(Fault::Broken("whoever proposed it could sign it alone".to_owned()));
    }
    let offered = second.open(whole.url.as_str()).await?;
    let live = second.submit_passkey(&offered, &[]).await?;
    seen(
        live.is_at(file.url.path()) && !live.document.text.contains("署名待ち"),
        "what the wallet asks of its customers at the door cannot be agreed to be less on the assessment of \
         before (INC-17): the version names the row and nobody is offered a signature; with an assessment \
         made for it and both sides standing for it, a second person's passkey signs it",
        "a version with a new assessment did not become what counts",
    )
}
