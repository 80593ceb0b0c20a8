//! What stands open to everybody, and what the companies say about themselves.

use super::{
    before,
    owed::{code, word},
};
use crate::{
    browser::Page,
    conformance::{
        mask::{self, WRONG_REPORT_CODE},
        probe::{Fault, Off, Probe, Seen, seen},
        scene::Scene,
    },
    playbook::thief::Thief,
    world::WALLET,
};

/// What sends somebody from one company to the other.
pub(super) const ELSEWHERE: [&str; 4] = [
    "銀行にお問い合わせください",
    "銀行へお問い合わせください",
    "ウォレットの会社へお問い合わせください",
    "他社へお問い合わせください",
];

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "report-by-anybody",
        observe: |scene| Box::pin(report(scene)),
        off: Off {
            about: "a report needs a sign-in",
            apply: |plan| plan.tamper = before(mask::behind_sign_in),
        },
    },
    Probe {
        id: "compensation-for-anybody",
        observe: |scene| Box::pin(compensation(scene)),
        off: Off {
            about: "the policy stands behind the sign-in",
            apply: |plan| plan.tamper = before(mask::behind_sign_in),
        },
    },
    Probe {
        id: "declared-factors",
        observe: |scene| Box::pin(factors(scene)),
        off: Off {
            about: "a bank declares that a PIN is enough",
            apply: |plan| plan.tamper = before(mask::declares_a_pin),
        },
    },
    Probe {
        id: "counted-without-passkey",
        observe: |scene| Box::pin(opt_outs(scene)),
        off: Off {
            about: "nobody counts who signs in without a passkey",
            apply: |plan| plan.tamper = before(mask::counts_nobody),
        },
    },
];

/// Somebody with no account at either tells both, and comes back with what each handed out.
async fn report(scene: Scene) -> Seen {
    let mut stranger = scene.stranger("no customer of anybody");
    let mut taken: Vec<(String, String, String)> = Vec::new();
    for host in [WALLET.to_owned(), scene.bank()] {
        let page = stranger.browser.open(&format!("{host}/report")).await?;
        let Ok(form) = page.form_with("text") else {
            return Err(Fault::Broken(format!("{host}/report takes no report from a stranger")));
        };
        let form = form.with("contact", "090-0000-0000").with("text", "覚えのない引き落とし");
        let done = stranger.browser.submit(&page, &form).await?;
        let number = word(&done, "cas_").filter(|_| done.status.is_success());
        let (Some(number), Some(code)) = (number, code(&done)) else {
            let said = format!("{host}/report gives no case number, or no code that goes with it");
            return Err(Fault::Broken(said));
        };
        if ELSEWHERE.iter().any(|words| done.document.text.contains(words)) {
            return Err(Fault::Broken(format!("{host}/report sends people to the other company")));
        }
        if taken.iter().any(|(_, other, _)| other == number) {
            return Err(Fault::Broken(format!("two reports have the number {number}")));
        }
        taken.push((host, number.to_owned(), code));
    }
    for (host, number, code) in &taken {
        let wrong = look(&mut stranger, host, (number, WRONG_REPORT_CODE)).await?;
        if wrong.status.is_success() {
            let said = format!("{host}/report/look shows a report to whoever has no code of it");
            return Err(Fault::Broken(said));
        }
        let own = look(&mut stranger, host, (number, code)).await?;
        if !own.status.is_success() || word(&own, "cas_") != Some(number.as_str()) {
            let said = format!("{host}/report/look does not know the number that was given");
            return Err(Fault::Broken(said));
        }
    }
    let numbers: Vec<&str> = taken.iter().map(|(_, number, _)| number.as_str()).collect();
    Ok(format!(
        "somebody without a sign-in reported at wallet and bank and had a case number at once from both ({}); \
         each opens with the code that came with it, and with no other",
        numbers.join(", ")
    ))
}

/// What `/report/look` answers to a number and a code.
async fn look(
    stranger: &mut Thief,
    host: &str,
    (number, code): (&str, &str),
) -> Result<Page, Fault> {
    let page = stranger.browser.open(&format!("{host}/report/look")).await?;
    let Ok(form) = page.form_with("code") else {
        let said = format!("{host}/report/look asks for no number and code");
        return Err(Fault::Broken(said));
    };
    let form = form.with("number", number).with("code", code);
    Ok(stranger.browser.submit(&page, &form).await?)
}

/// The policy, read without a sign-in.
async fn compensation(scene: Scene) -> Seen {
    let mut stranger = scene.stranger("no customer of anybody");
    let page = stranger.browser.open(&format!("{WALLET}/compensation")).await?;
    if !page.is_at("/compensation") {
        return Err(Fault::Broken("/compensation is not readable without a sign-in".to_owned()));
    }
    let text = &page.document.text;
    let missing = (1..=5).find(|number| !text.contains(&format!("{number}. ")));
    let says_who = text.contains("お支払いするのは、ウォレットの会社です");
    if let Some(number) = missing {
        return Err(Fault::Broken(format!("the policy lacks its part {number}")));
    }
    let leads_on = page.link("/report").is_ok();
    seen(
        says_who && leads_on,
        "/compensation is readable by anybody and says in five parts what is made good and when, how it \
         goes, who pays and how it is split with the bank, where to turn, and when fraud is published",
        "the policy does not say who pays",
    )
}

/// What the bank's metadata promises about how its holders are proven.
async fn factors(scene: Scene) -> Seen {
    let issuer = scene.world.bank(scene.person.bank)?.issuer.clone();
    let mut stranger = scene.stranger("a partner's machine");
    let url = format!("{issuer}/.well-known/oauth-authorization-server");
    let page = stranger.browser.open(&url).await?;
    let found: Result<serde_json::Value, _> = serde_json::from_str(page.document.text.trim());
    let metadata = found.map_err(|error| Fault::Lost(format!("no metadata: {error}")))?;
    let declared = metadata.get("acr_values_supported").and_then(serde_json::Value::as_array);
    let declared: Vec<&str> =
        declared.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    let is_strong = !declared.is_empty() && declared.iter().all(|acr| !acr.ends_with(":pin"));
    seen(
        is_strong,
        format!("the bank's metadata declares {} and nothing weaker", declared.join(", ")),
        "the bank declares proof by knowledge alone, or nothing",
    )
}

/// How many customers sign in without a passkey, for whoever runs the wallet.
async fn opt_outs(scene: Scene) -> Seen {
    scene.join_long_ago().await?;
    let mut machine = scene.stranger("a monitor");
    // The back channel's host, as `up` has it.
    let page = machine.browser.open("http://localhost:8080/metrics").await?;
    seen(
        page.document.text.contains("customers_without_passkey"),
        "the wallet counts the customers who sign in without a passkey and shows the number in its metrics",
        "nobody counts the customers who sign in without a passkey",
    )
}
