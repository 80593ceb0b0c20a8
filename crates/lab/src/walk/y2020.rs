//! The pages of 2020, where an e-mail address and a PIN were enough.

use jiff::civil::Date;

use crate::{
    browser::{Browser, Page, WebError},
    policy::y2020::{BANK_CODE, BANK_LINK, WALLET_CODE, WALLET_LINK, WALLET_OPEN},
    world::Post,
};

/// What somebody types into a bank's page of 2020.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The bank's code.
    pub(crate) bank: String,
    pub(crate) branch: String,
    pub(crate) number: String,
    pub(crate) pin: String,
    pub(crate) born_on: Date,
}

/// Opens a wallet with an e-mail address, or comes back to it: there was no difference.
pub(crate) async fn sign_in(
    browser: &mut Browser,
    post: &Post,
    mail: &str,
    kana: &str,
) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}{WALLET_OPEN}", browser.wallet())).await?;
    let form = page.form(WALLET_OPEN)?.with("mail", mail).with("kana", kana);
    let page = browser.submit(&page, &form).await?;
    let code = post.read(mail).last().map(|received| received.letter.body.clone());
    let form = page.form(WALLET_CODE)?.with("code", code.unwrap_or_default());
    browser.submit(&page, &form).await
}

/// Links an account with number and PIN, some banks wanting the birth date too, and later a code
/// that they call to the number on file: whoever does not hear it types anything.
pub(crate) async fn link(
    browser: &mut Browser,
    known: &Known,
    post: &Post,
    phone: Option<&str>,
) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}{WALLET_LINK}", browser.wallet())).await?;
    let form = page.form(WALLET_LINK)?.with("bank", known.bank.clone());
    let page = browser.submit(&page, &form).await?;
    let mut form = page
        .form(BANK_LINK)?
        .with("branch", known.branch.clone())
        .with("number", known.number.clone())
        .with("pin", known.pin.clone());
    if form.asks("born_on") {
        form = form.with("born_on", known.born_on.to_string());
    }
    let page = browser.submit(&page, &form).await?;
    let Ok(form) = page.form(BANK_CODE) else { return Ok(page) };
    let called = phone.and_then(|phone| post.read(phone).last().cloned());
    let code = called.map_or_else(|| "000000".to_owned(), |received| received.letter.body);
    browser.submit(&page, &form.with("code", code)).await
}
