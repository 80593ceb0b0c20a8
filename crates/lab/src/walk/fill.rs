//! Any form of any page: filled in, sent, and signed where the next page asks for the passkey.

use crate::browser::{Browser, Form, Page, WebError};

/// The first form of `page` that `is_meant`; `what` names it where there is none.
pub(crate) fn form_where(
    page: &Page,
    what: &str,
    is_meant: impl Fn(&Form) -> bool,
) -> Result<Form, WebError> {
    let found = page.document.forms.iter().find(|form| is_meant(form)).cloned();
    found.ok_or_else(|| page.missing(what))
}

/// The form that goes to `action` and nowhere below it, whatever its query.
pub(crate) fn form_to(page: &Page, action: &str) -> Result<Form, WebError> {
    let path = |form: &Form| form.action.split('?').next().unwrap_or_default() == action;
    form_where(page, &format!("form to {action}"), path)
}

/// Sends `form` with `fields` filled in, and lets the passkey answer where the next page asks for it;
/// where that ends.
pub(crate) async fn fill(
    browser: &mut Browser,
    page: &Page,
    form: Form,
    fields: &[(&str, &str)],
) -> Result<Page, WebError> {
    let form = fields.iter().fold(form, |form, (name, value)| form.with(name, *value));
    let page = browser.submit(page, &form).await?;
    if page.passkey_form().is_ok() {
        return browser.submit_passkey(&page, &[]).await;
    }
    Ok(page)
}

/// Sends what no page offers, with the token that any form of `page` has.
pub(crate) async fn force(
    browser: &mut Browser,
    page: &Page,
    action: &str,
    fields: &[(&str, &str)],
) -> Result<Page, WebError> {
    let token = page.form_with("csrf")?.value("csrf").unwrap_or_default().to_owned();
    fill(browser, page, Form::post(action).with("csrf", token), fields).await
}

/// True if `page` came of something that was done: no refusal, and nobody is asked who they are.
pub(crate) fn is_done(page: &Page) -> bool {
    let asks_who = page.url.path().contains("sign-in") || page.passkey_form().is_ok();
    page.status.is_success() && !asks_who
}

/// A code that a page shows in groups of four, the last one perhaps shorter.
pub(crate) fn shown_code(page: &Page) -> Result<String, WebError> {
    let is_group = |word: &str| {
        word.len() <= 4 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let words: Vec<&str> = page.document.text.split_whitespace().collect();
    let runs = words.split(|word| !is_group(word));
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    let code = longest.concat();
    if code.len() < 8 { Err(page.missing("code")) } else { Ok(code) }
}
