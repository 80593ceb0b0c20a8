//! What one member of staff can try at a desk without a second one.

use super::thief::{Thief, got};
use crate::{
    browser::WebError,
    measure::Answer,
    walk::{self, desk},
};

/// Addresses where a careless desk would let people be looked up, or a trail be erased.
const LOOK_UPS: [&str; 4] = [
    "/desk/customers",
    "/desk/people",
    "/desk/search?q=p",
    "/desk/cases/case_00000000000000000000000000",
];
const TRAILS: [&str; 3] = ["/desk/audit/delete", "/desk/cases/delete", "/desk/log"];

impl Thief {
    /// Looks for customers whom no case is about.
    pub(super) async fn read_at_will(&mut self, pages: &str) -> Result<Answer, WebError> {
        for path in LOOK_UPS {
            let page = desk::visit(&mut self.browser, pages, path).await?;
            if page.status.is_success() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    /// Looks for a way to make what was written down unwritten.
    pub(super) async fn erase_the_trail(&mut self, pages: &str) -> Result<Answer, WebError> {
        let page = desk::visit(&mut self.browser, pages, "/desk/approvals").await?;
        let switches = desk::visit(&mut self.browser, pages, "/desk/propose").await?;
        let page = if page.form_with("csrf").is_ok() { page } else { switches };
        for path in TRAILS {
            let page = desk::press(&mut self.browser, &page, path, &[]).await?;
            if page.status.is_success() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    /// Proposes a wider version of a partner's agreement, and signs it himself.
    pub(super) async fn raise_a_partner(&mut self, pages: &str) -> Result<Answer, WebError> {
        let list = desk::visit(&mut self.browser, pages, "/desk/partners").await?;
        let partner =
            list.document.links.iter().find(|l| l.starts_with("/desk/partners/")).cloned();
        let partner = partner.ok_or_else(|| list.missing("partner"))?;
        let partner = self.browser.follow(&list, &partner).await?;
        let link = partner.link("/desk/propose")?;
        let form_page = self.browser.follow(&partner, &link).await?;
        let form = form_page.form("/desk/propose")?;
        let form = ["caps.per_day", "caps.payouts_per_day"]
            .into_iter()
            .filter(|name| form_page.form("/desk/propose").is_ok_and(|form| form.asks(name)))
            .fold(form, |form, name| form.with(name, "90000000"));
        let version = self.browser.submit(&form_page, &form.with("reason", "growth")).await?;
        if version.passkey_form().is_err() {
            return Ok(Answer::Refused);
        }
        let signed = self.browser.submit_passkey(&version, &[]).await?;
        Ok(got(signed.status.is_success() && signed.passkey_form().is_err()))
    }

    /// At the wallet's desk: the case of a stopped wallet, proposed and agreed to by one person.
    pub(super) async fn unfreeze_alone(&mut self, pages: &str) -> Result<Answer, WebError> {
        let list = desk::visit(&mut self.browser, pages, "/desk").await?;
        let cases: Vec<String> = list
            .document
            .links
            .iter()
            .filter(|link| link.starts_with("/desk/cases/"))
            .cloned()
            .collect();
        for case in cases {
            let page = self.browser.follow(&list, &case).await?;
            let asks = |form: &&crate::browser::Form| form.action.ends_with("/unfreeze");
            let Some(form) = page.document.forms.iter().find(asks).cloned() else { continue };
            self.browser.submit(&page, &form.with("reason", "asked by the customer")).await?;
        }
        self.agree_with_oneself(pages).await
    }

    /// At a bank's desk: the victim's link is closed, and opened again by the same person.
    pub(super) async fn open_a_gate_alone(
        &mut self,
        pages: &str,
        phone: &mut Self,
        place: usize,
    ) -> Result<Answer, WebError> {
        let holder = self.world.pages(place);
        let portal = walk::bank::portal(&mut phone.browser, &holder).await?;
        let link = portal.link("/holder/mandates/")?;
        let id = link.rsplit('/').next().unwrap_or_default().to_owned();
        let path = format!("/desk/gates?kind=mandate&id={id}");
        let scope = format!("mandate|{id}");
        let fields = [("scope", scope.as_str()), ("reason", "checked")];
        for action in ["/desk/gates/close", "/desk/gates/open"] {
            let page = desk::visit(&mut self.browser, pages, &path).await?;
            desk::press(&mut self.browser, &page, action, &fields).await?;
        }
        self.agree_with_oneself(pages).await
    }

    /// Agrees to everything that waits, his own requests among it; got if the desk takes one.
    pub(super) async fn agree_with_oneself(&mut self, pages: &str) -> Result<Answer, WebError> {
        let page = desk::visit(&mut self.browser, pages, "/desk/approvals").await?;
        for id in desk::waiting(&page) {
            for (action, fields) in [
                (format!("/desk/approvals/{id}/approve"), vec![]),
                (format!("/desk/approvals/{id}"), vec![("answer", "agree")]),
            ] {
                let after = desk::press(&mut self.browser, &page, &action, &fields).await?;
                if after.status.is_success() {
                    return Ok(Answer::Got);
                }
            }
        }
        Ok(Answer::Refused)
    }
}
