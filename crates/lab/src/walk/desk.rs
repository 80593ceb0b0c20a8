//! At a desk: activate, sign in, read, stop, ask for a release, and what two people must agree on.

use super::bank::type_code;
use crate::browser::{Browser, Form, Page, WebError};

/// The first passkey of a member of staff, with the code from the operator's paper.
pub(crate) async fn activate(
    browser: &mut Browser,
    pages: &str,
    code: &str,
) -> Result<Page, WebError> {
    let page = browser.open(&format!("{pages}/desk/activate")).await?;
    let page = type_code(browser, &page, code).await?;
    browser.submit_passkey(&page, &[]).await
}

/// A page of the desk, through its sign-in where that comes first.
pub(crate) async fn visit(
    browser: &mut Browser,
    pages: &str,
    path: &str,
) -> Result<Page, WebError> {
    let page = browser.open(&format!("{pages}{path}")).await?;
    if page.url.path() == "/desk/sign-in" {
        return browser.submit_passkey(&page, &[]).await;
    }
    Ok(page)
}

/// Sends a form that the page may not show, with the token that every form of it has.
pub(crate) async fn press(
    browser: &mut Browser,
    page: &Page,
    action: &str,
    fields: &[(&str, &str)],
) -> Result<Page, WebError> {
    let token = page.form_with("csrf")?.value("csrf").unwrap_or_default().to_owned();
    let form = Form::post(action).with("csrf", token);
    let form = fields.iter().fold(form, |form, (name, value)| form.with(name, *value));
    browser.submit(page, &form).await
}

/// Every request on the page of approvals, by the beginning of its address.
pub(crate) fn waiting(page: &Page) -> Vec<String> {
    let ids = page.document.forms.iter().filter_map(|form| {
        let rest = form.action.strip_prefix("/desk/approvals/")?;
        Some(rest.split('/').next().unwrap_or_default().to_owned())
    });
    let mut ids: Vec<String> = ids.collect();
    ids.dedup();
    ids
}
