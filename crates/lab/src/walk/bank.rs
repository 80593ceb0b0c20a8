//! At the bank: register a passkey, agree to a link, confirm it by letter, stop it.

use kanuki_domain::Yen;

use crate::{
    browser::{Browser, Page, WebError},
    people::{Enrolment, Person},
    world::World,
};

/// How a visit to the consent page ended.
#[derive(Clone, Debug)]
pub(crate) enum Consented {
    /// Signed, and sent back to the wallet.
    Signed(Page),
    /// The bank says that these are two different people.
    Mismatch,
}

/// Who helps a holder to their first passkey, with what the holder has: their telephone, their
/// card, a way to the branch.
#[derive(Clone, Copy)]
pub(crate) struct Help<'a> {
    pub(crate) world: &'a World,
    pub(crate) person: &'a Person,
    /// They mistype what is typed first, and see it.
    pub(crate) mistypes: bool,
}

/// From the bank's sign-in page to a registered passkey, and back to that page.
pub(crate) async fn enrol(
    browser: &mut Browser,
    page: &Page,
    help: Help<'_>,
) -> Result<Page, WebError> {
    let form = browser.follow(page, &page.link("/enrol")?).await?;
    let ready = match help.person.enrolment {
        Enrolment::Branch => by_branch(browser, &form, help).await?,
        Enrolment::Call => by_call(browser, &form, help).await?,
        Enrolment::Atm => by_machine(browser, &form, help).await?,
    };
    browser.submit_passkey(&ready, &[]).await
}

/// With the code that staff at a branch hand out for the page's reference.
async fn by_branch(browser: &mut Browser, form: &Page, help: Help<'_>) -> Result<Page, WebError> {
    let Help { world, person, mistypes } = help;
    let mut page = start(browser, form, person, "branch").await?;
    let reference = reference(&page)?;
    let code = world.branch(person, &reference).await;
    let code = code.ok_or_else(|| page.missing("code from the counter"))?;
    if mistypes {
        page = mistype(browser, page).await?;
    }
    type_code(browser, &page, &code).await
}

/// By a call from the number on file, typing the reference that the page shows.
async fn by_call(browser: &mut Browser, form: &Page, help: Help<'_>) -> Result<Page, WebError> {
    let Help { world, person, mistypes } = help;
    let page = start(browser, form, person, "call").await?;
    let reference = reference(&page)?;
    if mistypes {
        world.call(person.bank, &person.phone, "00000000").await;
    }
    world.call(person.bank, &person.phone, &reference).await;
    browser.follow(&page, &page.link("/enrol/wait")?).await
}

/// With a code that the bank's machine prints for card and PIN.
async fn by_machine(browser: &mut Browser, form: &Page, help: Help<'_>) -> Result<Page, WebError> {
    let Help { world, person, mistypes } = help;
    let mut page = start(browser, form, person, "atm").await?;
    let reference = reference(&page)?;
    let slip = world.teller_machine(person.bank, &person.account, &person.pin, &reference).await;
    let slip = slip.ok_or_else(|| page.missing("slip from the machine"))?;
    if mistypes {
        page = mistype(browser, page).await?;
    }
    type_code(browser, &page, &slip).await
}

/// Types a wrong code and sees it. Where the answer has no field to try again, people go back.
async fn mistype(browser: &mut Browser, page: Page) -> Result<Page, WebError> {
    let again = type_code(browser, &page, "1234567890").await?;
    Ok(if again.form_with("code").is_ok() { again } else { page })
}

/// Starts an enrolment for the account of `person`.
pub(crate) async fn start(
    browser: &mut Browser,
    page: &Page,
    person: &Person,
    proof: &str,
) -> Result<Page, WebError> {
    let form = page
        .form("/enrol")?
        .with("branch", person.account.branch())
        .with("number", person.account.number())
        .with("proof", proof);
    browser.submit(page, &form).await
}

/// Types a code where the page asks for one.
pub(crate) async fn type_code(
    browser: &mut Browser,
    page: &Page,
    code: &str,
) -> Result<Page, WebError> {
    let form = page.form_with("code")?.with("code", code);
    browser.submit(page, &form).await
}

/// The eight digits to type into the telephone or the machine, shown in two groups.
pub(crate) fn reference(page: &Page) -> Result<String, WebError> {
    let groups = page.document.codes(4);
    let digits = groups.iter().filter(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let reference: String = digits.take(2).map(String::as_str).collect();
    if reference.len() == 8 { Ok(reference) } else { Err(page.missing("reference number")) }
}

/// From the sign-in page through the choice of account to the signature.
pub(crate) async fn consent(browser: &mut Browser, page: &Page) -> Result<Consented, WebError> {
    let page = browser.submit_passkey(page, &[]).await?;
    let form = page.form("/authorize/account")?;
    let only = form.choices("account").first().cloned().unwrap_or_default();
    let page = browser.submit(&page, &form.with("account", only)).await?;
    if page.status == http::StatusCode::FORBIDDEN {
        return Ok(Consented::Mismatch);
    }
    Ok(Consented::Signed(browser.submit_passkey(&page, &[]).await?))
}

/// Signs in to the portal.
pub(crate) async fn portal(browser: &mut Browser, pages: &str) -> Result<Page, WebError> {
    let page = browser.open(&format!("{pages}/holder")).await?;
    if page.is_at("/holder") {
        return Ok(page);
    }
    browser.submit_passkey(&page, &[]).await
}

/// Types the code of a letter into the link that waits for it.
pub(crate) async fn confirm_letter(
    browser: &mut Browser,
    pages: &str,
    code: &str,
) -> Result<Page, WebError> {
    let portal = portal(browser, pages).await?;
    let mandate = browser.follow(&portal, &portal.link("/holder/mandates/")?).await?;
    type_code(browser, &mandate, code).await
}

/// Lowers the day's cap of the first mandate of the portal.
pub(crate) async fn lower(
    browser: &mut Browser,
    pages: &str,
    per_day: Yen,
) -> Result<Page, WebError> {
    let portal = portal(browser, pages).await?;
    let mandate = browser.follow(&portal, &portal.link("/holder/mandates/")?).await?;
    let link = mandate.document.links.iter().find(|link| link.ends_with("/lower")).cloned();
    let link = link.ok_or_else(|| mandate.missing("way to lower a cap"))?;
    let page = browser.follow(&mandate, &link).await?;
    let form = page.form_with("per_day")?.with("per_day", per_day.amount().to_string());
    browser.submit(&page, &form).await
}

/// Asks for higher caps on the first mandate of the portal, and signs them where the page asks; where
/// that ends.
pub(crate) async fn raise(
    browser: &mut Browser,
    pages: &str,
    per_day: Yen,
) -> Result<Page, WebError> {
    let portal = portal(browser, pages).await?;
    let mandate = browser.follow(&portal, &portal.link("/holder/mandates/")?).await?;
    let link = mandate.document.links.iter().find(|link| link.ends_with("/raise")).cloned();
    let link = link.ok_or_else(|| mandate.missing("way to raise a cap"))?;
    let page = browser.follow(&mandate, &link).await?;
    let form = page.form_with("per_day")?.with("per_day", per_day.amount().to_string());
    let page = browser.submit(&page, &form).await?;
    browser.submit_passkey(&page, &[]).await
}

/// True while the first mandate of the portal waits for higher caps.
pub(crate) async fn waits_for_raise(browser: &mut Browser, pages: &str) -> Result<bool, WebError> {
    let portal = portal(browser, pages).await?;
    let mandate = browser.follow(&portal, &portal.link("/holder/mandates/")?).await?;
    Ok(mandate.document.text.contains("上限が上がる予定です"))
}

/// True if a raise was signed: it waits from then on.
pub(crate) fn is_raised(page: &Page) -> bool {
    page.status.is_success() && page.url.query().is_some_and(|query| query.starts_with("done="))
}

/// Looks for a wallet that waits for an approval, and types `number` there with the passkey; true if
/// the bank took it.
pub(crate) async fn approve_waiting(
    browser: &mut Browser,
    pages: &str,
    number: &str,
) -> Result<bool, WebError> {
    portal(browser, pages).await?;
    let page = browser.open(&format!("{pages}/holder/approvals")).await?;
    let page = browser.submit_passkey(&page, &[("number", number)]).await?;
    Ok(page.url.query() == Some("done=signed"))
}

/// Types a stop code and presses the button.
pub(crate) async fn stop(browser: &mut Browser, pages: &str, code: &str) -> Result<Page, WebError> {
    let page = browser.open(&format!("{pages}/stop")).await?;
    let page = type_code(browser, &page, code).await?;
    // The bank's button leads elsewhere than the wallet's.
    let form = page.form("/stop/confirm").or_else(|_| page.form("/stop/press"))?;
    browser.submit(&page, &form).await
}

/// Changes the mail address that the bank writes to.
pub(crate) async fn change_mail(
    browser: &mut Browser,
    pages: &str,
    to: &str,
) -> Result<Page, WebError> {
    portal(browser, pages).await?;
    let page = browser.open(&format!("{pages}/holder/contacts")).await?;
    let asks_mail = |form: &&crate::browser::Form| form.value("kind") == Some("email");
    let form = page.document.forms.iter().find(asks_mail).cloned();
    let form = form.ok_or_else(|| page.missing("form for a mail address"))?.with("to", to);
    let page = browser.submit(&page, &form).await?;
    browser.submit_passkey(&page, &[]).await
}
