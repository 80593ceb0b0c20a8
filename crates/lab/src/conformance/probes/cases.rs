//! What a case leads to: the money back within the days that were promised, what the authority is told,
//! and whose duty it was; and the drill before there is one.

use jiff::civil::Date;
use kanuki_domain::{Yen, agreement::today, business, compensation::shipped};
use kanuki_site::{Lang, show};

use super::{
    NO_CAPS, before,
    owed::word,
    stop::{by_newest_code, joined_and_stopped},
};
use crate::{
    browser::{Browser, Page},
    conformance::{
        cover,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up, tops_up},
    },
    walk,
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "loss-made-good",
        observe: |scene| Box::pin(made_good(scene)),
        off: Off {
            about: "what two people agreed to pay is never paid",
            apply: |plan| plan.tamper = before(cover::pays_nothing),
        },
    },
    Probe {
        id: "draft-for-authority",
        observe: |scene| Box::pin(drafted(scene)),
        off: Off {
            about: "the desks draft no report of a case",
            apply: |plan| plan.tamper = before(cover::drafts_nothing),
        },
    },
    Probe {
        id: "policy-at-linking",
        observe: |scene| Box::pin(policy_at_linking(scene)),
        off: Off {
            about: "whoever links is not told of the policy on losses",
            apply: |plan| plan.tamper = before(cover::hides_policy),
        },
    },
    Probe { id: "duties-of-a-case", observe: |scene| Box::pin(duties(scene)), off: NO_CAPS },
    Probe {
        id: "drill",
        observe: |scene| Box::pin(drill(scene)),
        off: Off {
            about: "a drill that is begun leaves no record",
            apply: |plan| plan.tamper = before(cover::drills_nothing),
        },
    },
];

/// The number that whoever pressed a stop was told.
fn number(page: &Page) -> Result<String, Fault> {
    let number = word(page, "cas_").map(str::to_owned);
    number.ok_or_else(|| Fault::Lost("a stop was answered without a case number".to_owned()))
}

/// Does one thing to the claim of a case, with what the form asks for.
async fn claim(
    staff: &mut Browser,
    at: &str,
    act: &str,
    fields: &[(&str, &str)],
) -> Result<Page, Fault> {
    let page = staff.open(at).await?;
    let action = format!("{}/claim", page.url.path());
    let form = page.form(&action)?.with("act", act).with("reason", "probe");
    let form = fields.iter().fold(form, |form, (name, value)| form.with(name, *value));
    Ok(staff.submit(&page, &form).await?)
}

/// The first movement that a claim could be opened for.
fn first_item(page: &Page) -> Option<String> {
    let mut forms = page.document.forms.iter();
    forms.find_map(|form| form.choices("item-0").first().cloned())
}

/// Opens the claim of a case at the wallet for its newest movement, and lets two people pay it; the day by
/// which it was due.
async fn pay_back(scene: &Scene, case: &str) -> Result<Date, Fault> {
    let due = business::after(today(scene.world.now()), 5);
    let taken = scene.balance().await?;
    let (mut first, host) = scene.staff(false).await?;
    let at = format!("{host}/desk/cases/{case}");
    let page = first.open(&at).await?;
    let item = first_item(&page).ok_or_else(|| page.missing("movement to claim"))?;
    claim(&mut first, &at, "open", &[("item-0", item.as_str())]).await?;
    let looked = claim(&mut first, &at, "investigate", &[]).await?;
    if !looked.document.text.contains(&show::civil_date(Lang::Ja, due)) {
        return Err(Fault::Broken(format!("a claim does not say that it is due by {due}")));
    }
    claim(&mut first, &at, "pay", &[("cause", "other")]).await?;
    if scene.balance().await? != taken {
        return Err(Fault::Broken("one person alone could pay a claim".to_owned()));
    }
    let (mut second, _) = scene.staff_called(false, "検査 承認").await?;
    let page = second.open(&format!("{host}/desk/approvals")).await?;
    let agree = page.document.forms.iter().find(|form| form.action.ends_with("/approve")).cloned();
    second.submit(&page, &agree.ok_or_else(|| page.missing("approve"))?).await?;
    scene.hours(1).await;
    let back = scene.balance().await?.minus_or_zero(taken);
    if back != Yen::of(12_000) {
        return Err(Fault::Broken(format!("two people agreed to pay, and {back} came back")));
    }
    Ok(due)
}

/// Two people of the wallet pay back what was taken from somebody who typed a stop code.
async fn made_good(scene: Scene) -> Seen {
    let (_, stopped) = joined_and_stopped(&scene).await?;
    let case = number(&stopped)?;
    scene.settle().await;
    let due = pay_back(&scene, &case).await?;
    let (mut clerk, host) = scene.staff_called(false, "検査 閲覧").await?;
    let here = clerk.open(&format!("{host}/desk/cases/{case}")).await?;
    let (mut clerk, host) = scene.staff(true).await?;
    let there = clerk.open(&format!("{host}/desk/cases/{case}")).await?;
    seen(
        here.document.text.contains("支払い済み")
            && there.document.text.contains("支払ったと知らせて"),
        format!(
            "a stop code opened one case at both companies; two people of the wallet paid what was taken (¥12,000, \
             due by {due}, five business days), it was back on the account within the hour, and the bank was told \
             under the same number"
        ),
        "the money is back, and one of the companies does not say so",
    )
}

/// What both desks put together for the authority, from a case.
async fn drafted(scene: Scene) -> Seen {
    let (_, stopped) = joined_and_stopped(&scene).await?;
    let case = number(&stopped)?;
    scene.settle().await;
    let person = &scene.person;
    let secrets = [
        person.name.as_str(),
        person.kana.as_str(),
        person.phone.as_str(),
        person.email.as_str(),
        person.account.number(),
    ];
    for is_bank in [false, true] {
        let (mut staff, host) = scene.staff(is_bank).await?;
        let page = staff.open(&format!("{host}/desk/cases/{case}/authority")).await?;
        let text = &page.document.text;
        let is_whole =
            ["不正取引発生報告書の下書き", &case, "12,000", "認識した日時", "講じた措置"]
                .iter()
                .all(|part| text.contains(part));
        if !is_whole {
            return Err(Fault::Broken(format!(
                "{host} drafts no report to the authority from a case"
            )));
        }
        if secrets.iter().any(|secret| text.contains(secret)) {
            return Err(Fault::Broken(format!("the draft of {host} names the victim")));
        }
    }
    Ok("both desks draft the report to the authority (不正取引発生報告書) from one case under one number: since \
        when it is known, first and last movement, ¥12,000, through whom, what was done and where the claim stands; \
        without name, contact or account number"
        .to_owned())
}

/// What a customer reads before they agree to direct debits.
async fn policy_at_linking(scene: Scene) -> Seen {
    let world = &scene.world;
    let mut customer = scene.stranger("who is about to link");
    let contact = (scene.person.email.as_str(), scene.person.phone.as_str());
    let page = walk::wallet::open(&mut customer.browser, "new", contact).await?;
    let card = world.operator.card(&scene.person.on_card(), scene.person.serial());
    let card = card.map_err(|_| page.missing("card"))?;
    walk::wallet::prove(&mut customer.browser, &card, &scene.person.kana).await?;
    let code = world.bank_code(scene.person.bank);
    let (page, _) = walk::wallet::prepare_link(&mut customer.browser, &code).await?;
    let version = shipped().version;
    let Ok(link) = page.link("/compensation") else {
        return Err(Fault::Broken("whoever links is not told of the policy on losses".to_owned()));
    };
    let policy = customer.browser.follow(&page, &link).await?;
    seen(
        page.document.text.contains(&version) && policy.document.text.contains(&version),
        format!(
            "on the page where a customer agrees that a bank account be linked stands the policy on \
             losses with the version in force ({version}), to be read before; which version it was is in the audit log \
             with their yes"
        ),
        "the page of the link names no version, or another one than the policy has",
    )
}

/// What each desk's records say of its own duties, at a claim in whose story somebody tried to break one.
async fn duties(scene: Scene) -> Seen {
    let mut browser = scene.join().await?;
    // More than a first day has: refused, unless nobody keeps that duty.
    tops_up(&mut browser, 40_000).await;
    scene.hours(10 * 24).await;
    must_top_up(&mut browser, 12_000).await?;
    scene.settle().await;
    let stopped = by_newest_code(&scene).await?;
    let case = number(&stopped)?;
    scene.settle().await;
    pay_back(&scene, &case).await?;
    for (is_bank, wanted) in [(false, "本人確認を済ませた 守った"), (true, "少額にとどめた 守った")]
    {
        let (mut staff, host) = scene.staff_called(is_bank, "検査 閲覧").await?;
        let at = format!("{host}/desk/cases/{case}");
        if is_bank {
            claim(&mut staff, &at, "open", &[]).await?;
        }
        let page = staff.open(&at).await?;
        let text = page.document.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.contains("当社が守るべきだったこと") {
            return Err(Fault::Broken(format!("{host} says nothing of its duties at a claim")));
        }
        if text.contains("守れていない") || !text.contains(wanted) {
            return Err(Fault::Broken(format!("{host} does not show that it kept its duties")));
        }
    }
    Ok("at the claim both desks show, duty by duty, what their records say: identity proven before money came in, \
        the link told at once, the first day kept small (¥40,000 were asked for then and refused), nothing moved \
        after the stop; none was breached, and it is advice on who bears the loss, which two people decide"
        .to_owned())
}

/// Two people of the bank practise a stop while a customer tops up.
async fn drill(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    let (mut first, host) = scene.staff(true).await?;
    let (mut second, _) = scene.staff_called(true, "検査 相手").await?;
    let at = format!("{host}/desk/incident");
    let page = first.open(&at).await?;
    let form = page.form("/desk/incident/drill")?;
    let scope = form.choices("scope").first().cloned().unwrap_or_default();
    let form = form.with("scope", scope.as_str()).with("story", "知らない引き落としの電話が続く");
    first.submit(&page, &form).await?;
    let step = async |staff: &mut Browser, act: &str| -> Result<Page, Fault> {
        let page = staff.open(&at).await?;
        let Ok(form) = page.form("/desk/incident/drill/") else {
            return Err(Fault::Broken("a drill that was begun is not there".to_owned()));
        };
        let form = form.with("act", act).with("scope", scope.as_str());
        Ok(staff.submit(&page, &form).await?)
    };
    step(&mut second, "press").await?;
    let moved = walk::wallet::top_up(&mut browser, Yen::of(3_000)).await;
    if !matches!(moved, Ok(walk::wallet::Moved::Done)) {
        return Err(Fault::Broken("a drill stopped a customer in earnest".to_owned()));
    }
    step(&mut second, "ask").await?;
    step(&mut first, "agree").await?;
    let page = first.open(&at).await?;
    let text = &page.document.text;
    seen(
        text.contains("これまでの訓練") && !text.contains("訓練中です"),
        "one person of the bank began a drill with a story, another found and pressed the right switch, asked to let \
         it go on and the first agreed; a customer's top-up went through meanwhile, and the desk keeps when it was \
         and how many minutes the stop took",
        "a drill that is over leaves no record",
    )
}
