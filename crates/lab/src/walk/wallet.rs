//! In the wallet: open it, prove who one is, link, top up, pay, send.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kanuki_demo::card::CardRequest;
use kanuki_domain::Yen;
use kanuki_jpki::demo::DemoCard;

use crate::browser::{Browser, Form, Page, WebError};

/// How a movement of money ended, as its page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Done.
    Done,
    /// Not yet: asked again, or held.
    Waits,
    /// Refused.
    Refused,
}

/// Reads a page about a movement.
pub(crate) fn moved(page: &Page) -> Moved {
    match (page.status.is_success(), page.document.tones.first().map(String::as_str)) {
        (true, Some("success")) => Moved::Done,
        (true, Some("info" | "warning")) => Moved::Waits,
        _ => Moved::Refused,
    }
}

/// Opens a wallet with a passkey.
pub(crate) async fn open(
    browser: &mut Browser,
    nickname: &str,
    (mail, phone): (&str, &str),
) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}/", browser.wallet())).await?;
    let page = browser.follow(&page, &page.link("/open")?).await?;
    let form =
        page.form("/open")?.with("nickname", nickname).with("mail", mail).with("phone", phone);
    let page = browser.submit(&page, &form).await?;
    browser.submit_passkey(&page, &[]).await
}

/// The first page, signed in.
pub(crate) async fn sign_in(browser: &mut Browser) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}/", browser.wallet())).await?;
    match page.link("/sign-in") {
        Ok(link) => {
            let page = browser.follow(&page, &link).await?;
            browser.submit_passkey(&page, &[]).await
        }
        Err(_) => Ok(page),
    }
}

/// Goes to a page of the wallet, through sign-in where that comes first.
pub(crate) async fn visit(browser: &mut Browser, path: &str) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}{path}", browser.wallet())).await?;
    if page.url.path() == "/sign-in" {
        return browser.submit_passkey(&page, &[]).await;
    }
    Ok(page)
}

/// Sets out to the platform operator's app, holds `card` to the telephone and comes back.
pub(crate) async fn prove(
    browser: &mut Browser,
    card: &DemoCard,
    kana: &str,
) -> Result<Page, WebError> {
    let page = visit(browser, "/identity").await?;
    let form = page.form("/identity")?.with("kana", kana);
    let app = browser.submit(&page, &form).await?;
    hold_card(browser, &app, card).await
}

/// Holds `card` to the telephone where the operator's app asks for it, and comes back.
pub(crate) async fn hold_card(
    browser: &mut Browser,
    app: &Page,
    card: &DemoCard,
) -> Result<Page, WebError> {
    let asked = app.url.query_pairs().find(|(name, _)| name == "request");
    let asked = asked.map(|(_, value)| value.into_owned()).unwrap_or_default();
    let refused = |_| app.missing("request that the card can sign");
    let wallet = browser.wallet();
    let request =
        CardRequest::parse(&asked, &[wallet.to_owned(), browser.truly(wallet)]).map_err(refused)?;
    let signed = card
        .sign(&request.to_be_signed().map_err(refused)?)
        .map_err(|_| app.missing("signature of the card"))?;
    let answer = Form::post(request.return_url.as_str())
        .with("state", request.state.as_str())
        .with("certificate", STANDARD.encode(&signed.certificate))
        .with("signature", STANDARD.encode(&signed.signature));
    browser.submit(app, &answer).await
}

/// Chooses a bank and agrees to what it is told; ends on the bank's page.
pub(crate) async fn start_link(browser: &mut Browser, bank: &str) -> Result<Page, WebError> {
    let (page, form) = prepare_link(browser, bank).await?;
    browser.submit(&page, &form).await
}

/// The same up to the button that leads to the bank: the page and its form.
pub(crate) async fn prepare_link(
    browser: &mut Browser,
    bank: &str,
) -> Result<(Page, Form), WebError> {
    let page = visit(browser, "/link").await?;
    let page = browser.follow(&page, &format!("/link/start?bank={bank}")).await?;
    let form = page.form("/link/start")?.with("consent", "yes");
    Ok((page, form))
}

/// True if a way to the bank and back ended with a link.
pub(crate) fn is_linked(page: &Page) -> bool {
    page.status.is_success() && page.url.path().starts_with("/links/")
}

/// Tops up from the first connected account.
pub(crate) async fn top_up(browser: &mut Browser, amount: Yen) -> Result<Moved, WebError> {
    Ok(moved(&press(browser, amount, None).await?.1))
}

/// Tops up with a second click on the button; what the second page says.
pub(crate) async fn top_up_twice(browser: &mut Browser, amount: Yen) -> Result<Page, WebError> {
    let (confirm, _) = press(browser, amount, None).await?;
    browser.submit(&confirm, &confirm.form("/topup")?).await
}

/// A top-up up to the button that makes it: the page and its form.
pub(crate) async fn prepare_top_up(
    browser: &mut Browser,
    amount: Yen,
) -> Result<(Page, Form), WebError> {
    let page = visit(browser, "/topup").await?;
    let form = page.form("/topup/confirm")?.with("amount", amount.amount().to_string());
    let confirm = browser.submit(&page, &form).await?;
    let form = confirm.form("/topup")?;
    Ok((confirm, form))
}

/// Tops up from this link, whatever the page offers first.
pub(crate) async fn top_up_by(
    browser: &mut Browser,
    amount: Yen,
    link: &str,
) -> Result<Moved, WebError> {
    Ok(moved(&press(browser, amount, Some(link)).await?.1))
}

/// A top-up that the bank may want signed: the page that says how it stands.
pub(crate) async fn ask_top_up(browser: &mut Browser, amount: Yen) -> Result<Page, WebError> {
    Ok(press(browser, amount, None).await?.1)
}

/// Lets the bank's own page be the place to sign it; the number that is to be typed there.
pub(crate) async fn wait_for_approval(
    browser: &mut Browser,
    topup: &Page,
) -> Result<String, WebError> {
    let ends_so = |form: &&Form| form.action.ends_with("/wait");
    let form = topup.document.forms.iter().find(ends_so).cloned();
    let form = form.ok_or_else(|| topup.missing("way to wait"))?;
    let page = browser.submit(topup, &form).await?;
    // The page shows an amount and times too: the number is what it spells out.
    let number = page.document.spelled.first().cloned();
    number.ok_or_else(|| page.missing("number"))
}

/// Stops the own wallet.
pub(crate) async fn freeze(browser: &mut Browser) -> Result<Page, WebError> {
    let page = visit(browser, "/freeze").await?;
    browser.submit(&page, &page.form("/freeze")?).await
}

/// Asks for the end of one's own stop, with the passkey.
pub(crate) async fn ask_unfreeze(browser: &mut Browser) -> Result<Page, WebError> {
    let page = visit(browser, "/freeze").await?;
    browser.submit_passkey(&page, &[]).await
}

/// Asks for a top-up from a link that the page did not offer.
pub(crate) async fn top_up_from(browser: &mut Browser, link: &str) -> Result<Moved, WebError> {
    Ok(moved(&press(browser, Yen::of(1_000), Some(link)).await?.1))
}

/// The page that was confirmed, and the page that came of it.
async fn press(
    browser: &mut Browser,
    amount: Yen,
    link: Option<&str>,
) -> Result<(Page, Page), WebError> {
    let page = visit(browser, "/topup").await?;
    let mut form = match link {
        None => page.form("/topup/confirm")?,
        // Whoever has no link sees no form, and makes one.
        Some(link) => {
            let token = page.form_with("csrf")?.value("csrf").unwrap_or_default().to_owned();
            Form::post("/topup/confirm").with("csrf", token).with("link", link)
        }
    };
    form = form.with("amount", amount.amount().to_string());
    let confirm = browser.submit(&page, &form).await?;
    let form = confirm.form("/topup")?;
    let outcome = browser.submit(&confirm, &form).await?;
    Ok((confirm, outcome))
}

/// Reads a shop's code and pays `amount`; and whether the passkey was asked for.
pub(crate) async fn pay(
    browser: &mut Browser,
    code: &str,
    amount: Yen,
) -> Result<(Moved, bool), WebError> {
    let query = serde_urlencoded::to_string([("code", code)]).unwrap_or_default();
    let page = visit(browser, &format!("/pay?{query}")).await?;
    let form = page.form("/pay/confirm")?.with("amount", amount.amount().to_string());
    let confirm = browser.submit(&page, &form).await?;
    let was_asked = confirm.passkey_form().is_ok();
    Ok((moved(&agree(browser, &confirm, "/pay").await?), was_asked))
}

/// Presses the button of a confirm page, with the passkey where it asks for one.
async fn agree(browser: &mut Browser, confirm: &Page, action: &str) -> Result<Page, WebError> {
    if confirm.passkey_form().is_ok() {
        return browser.submit_passkey(confirm, &[]).await;
    }
    browser.submit(confirm, &confirm.form(action)?).await
}

/// Sends `amount` by link; the link to pass on, if there is one.
pub(crate) async fn send_by_link(
    browser: &mut Browser,
    amount: Yen,
) -> Result<Option<String>, WebError> {
    Ok(link_on(&send_page(browser, amount).await?))
}

/// The same; the page that the sender sees then.
pub(crate) async fn send_page(browser: &mut Browser, amount: Yen) -> Result<Page, WebError> {
    let page = visit(browser, "/send").await?;
    let form = page.form("/send/confirm")?.with("amount", amount.amount().to_string());
    let confirm = browser.submit(&page, &form).await?;
    agree(browser, &confirm, "/send").await
}

/// The link to pass on, if that page shows one.
pub(crate) fn link_on(sent: &Page) -> Option<String> {
    let start = format!("{}/claim/", sent.url.origin().ascii_serialization());
    let mut words = sent.document.text.split_whitespace();
    words.find(|word| word.starts_with(&start)).map(str::to_owned)
}

/// Pays what the page at `path` asks for: somebody's request.
pub(crate) async fn pay_request(browser: &mut Browser, path: &str) -> Result<Moved, WebError> {
    let page = visit(browser, path).await?;
    let confirm = browser.submit(&page, &page.form("/send/confirm")?).await?;
    Ok(moved(&agree(browser, &confirm, "/send").await?))
}

/// Claims what a friend sent.
pub(crate) async fn claim(browser: &mut Browser, link: &str) -> Result<Moved, WebError> {
    let path = link.strip_prefix(browser.wallet()).unwrap_or(link);
    let page = visit(browser, path).await?;
    let claimed = browser.submit(&page, &page.form("/claim/")?).await?;
    Ok(moved(&claimed))
}

/// Pays out to the first connected account.
pub(crate) async fn pay_out(browser: &mut Browser, amount: Yen) -> Result<Moved, WebError> {
    Ok(moved(&pay_out_page(browser, amount).await?))
}

/// The same; the page that says how it stands.
pub(crate) async fn pay_out_page(browser: &mut Browser, amount: Yen) -> Result<Page, WebError> {
    let page = visit(browser, "/payout").await?;
    let form = payout_form(browser, &page).await?.with("amount", amount.amount().to_string());
    let confirm = browser.submit(&page, &form).await?;
    agree(browser, &confirm, "/payout").await
}

/// Pays out to the account of this link.
pub(crate) async fn pay_out_to(
    browser: &mut Browser,
    link: &str,
    amount: Yen,
) -> Result<Moved, WebError> {
    let page = visit(browser, "/payout").await?;
    let form = payout_form(browser, &page).await?.with("link", link);
    let confirm = browser.submit(&page, &form.with("amount", amount.amount().to_string())).await?;
    Ok(moved(&agree(browser, &confirm, "/payout").await?))
}

/// The form of a payout. While every account waits the page offers none and says from when; it is sent by
/// hand all the same, so that who is refused is refused by the act and not by a page.
async fn payout_form(browser: &mut Browser, page: &Page) -> Result<Form, WebError> {
    if let Ok(form) = page.form("/payout/confirm") {
        return Ok(form);
    }
    let token = page.form_with("csrf")?.value("csrf").unwrap_or_default().to_owned();
    let home = visit(browser, "/").await?;
    let path = home.link("/links/")?;
    let link = path.rsplit('/').next().unwrap_or_default();
    Ok(Form::post("/payout/confirm").with("csrf", token).with("link", link))
}

/// Asks that the wallet be closed; the page that says how far it is.
pub(crate) async fn close(browser: &mut Browser) -> Result<Page, WebError> {
    let page = visit(browser, "/close").await?;
    let confirm = browser.follow(&page, &page.link("/close/confirm")?).await?;
    browser.submit_passkey(&confirm, &[]).await
}

/// Asks for the recovery of whoever has this contact; the page that answers.
pub(crate) async fn ask_recovery_page(
    browser: &mut Browser,
    contact: &str,
) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}/recover", browser.wallet())).await?;
    let form = page.form_with("contact")?.with("contact", contact);
    browser.submit(&page, &form).await
}

/// The same; the code that the page shows.
pub(crate) async fn ask_recovery(browser: &mut Browser, contact: &str) -> Result<String, WebError> {
    let page = ask_recovery_page(browser, contact).await?;
    super::fill::shown_code(&page)
}

/// Goes on with a recovery: to the card, if it is time.
pub(crate) async fn recovery_identity(browser: &mut Browser, code: &str) -> Result<Page, WebError> {
    let page = browser.open(&format!("{}/recover", browser.wallet())).await?;
    let form = page.form("/recover/identity")?.with("code", code);
    browser.submit(&page, &form).await
}

/// From the code of a recovery and the own identity card to a passkey on this device; false while it is
/// too early.
pub(crate) async fn reclaim(
    browser: &mut Browser,
    code: &str,
    card: &DemoCard,
) -> Result<bool, WebError> {
    let app = recovery_identity(browser, code).await?;
    if app.url.path() == "/recover/identity" {
        return Ok(false);
    }
    hold_card(browser, &app, card).await?;
    let page = browser.open(&format!("{}/recover/passkey", browser.wallet())).await?;
    let page = browser.submit(&page, &page.form_with("code")?.with("code", code)).await?;
    if page.passkey_form().is_err() {
        return Ok(false);
    }
    let page = browser.submit_passkey(&page, &[]).await?;
    Ok(page.status.is_success())
}
