//! A file that is looser than the one before starts nothing that two people did not sign.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use jiff::{ToSpan as _, Zoned};
use kanuki_record::{AuditEntry, Book};
use kanuki_store::SqliteRecords;

use crate::{
    browser::Browser,
    running::{Server, free_ports, kanuki},
};

struct Bank<'a> {
    folder: &'a Path,
    port: u16,
}

impl Bank<'_> {
    fn pages(&self) -> String {
        format!("http://bank.localhost:{}", self.port)
    }

    /// Writes the file: caps of a day, whether accounts start open, and more.
    fn write(&self, per_day: u32, new_links: &str, more: &str) {
        let (at, port, pages) = (self.folder.display(), self.port, self.pages());
        for name in ["core", "courier", "aoki", "ito", "telephone", "thief"] {
            let file = self.folder.join(name);
            fs::write(&file, format!("{name}-0123456789ABCDEF")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let text = format!(
            "code = \"9901\"\nnew_links = \"{new_links}\"\n\
             [server]\ndata = \"{at}/data\"\nport = {port}\nname = \"Bank\"\n\
             issuer = \"http://localhost:{port}\"\npages = \"{pages}\"\n\
             [core]\nurl = \"http://localhost:1\"\nsecret_file = \"{at}/core\"\n\
             [courier]\nurl = \"http://localhost:1\"\nsecret_file = \"{at}/courier\"\n\
             [caps]\nper_day = \"{per_day}\"\nper_month = \"200000\"\n\
             [[staff]]\nname = \"A. Aoki\"\nactivation_file = \"{at}/aoki\"\n\
             [[staff]]\nname = \"I. Ito\"\nactivation_file = \"{at}/ito\"\n{more}"
        );
        fs::write(self.folder.join("bank.toml"), text).unwrap();
    }

    fn start(&self) -> Server {
        let log = self.folder.join("bank.log");
        Server::start("bank", &self.folder.join("bank.toml"), (self.port, &log))
    }

    /// Why it does not start.
    fn refusal(&self) -> String {
        let file = self.folder.join("bank.toml");
        let ran = kanuki(&["bank", "--config", file.to_str().unwrap()]);
        assert_eq!(ran.status.code(), Some(2));
        String::from_utf8_lossy(&ran.stderr).into_owned()
    }

    async fn audit(&self) -> Vec<AuditEntry> {
        let file = self.folder.join("data/records.sqlite");
        let records = SqliteRecords::open_read_only(&file, &kanuki_bank_http::tables()).unwrap();
        let book = Book::new(Arc::new(records));
        let all = book.records().audit_log(0, 1_000).await.unwrap();
        all.iter().map(|sealed| serde_json::from_str(&sealed.body).unwrap()).collect()
    }

    /// What changed, as act and name, in order.
    async fn changed(&self) -> Vec<(String, String)> {
        let mut all = self.audit().await;
        all.retain(|entry| entry.actor == "configuration");
        all.into_iter().map(|entry| (entry.act, entry.subject)).collect()
    }
}

async fn come(bank: &Bank<'_>, code: &str, seed: u8) -> Browser {
    let mut browser = Browser::new("10.0.0.1", seed);
    let page = browser.open(&format!("{}/desk/activate", bank.pages())).await.unwrap();
    let page =
        browser.submit(&page, &page.form("/desk/activate").with("code", code)).await.unwrap();
    let page = browser.touch(&page).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/desk"), "{}", page.html);
    browser
}

/// One writes the record of what waits, another agrees.
async fn sign(bank: &Bank<'_>) {
    let mut aoki = come(bank, "aoki-0123456789ABCDEF", 1).await;
    let mut ito = come(bank, "ito-0123456789ABCDEF", 2).await;
    let desk = aoki.open(&format!("{}/desk", bank.pages())).await.unwrap();
    assert!(desk.html.contains("href=\"/desk/settings\""), "{}", desk.html);
    let page = aoki.open(&format!("{}/desk/settings", bank.pages())).await.unwrap();
    for shown in
        ["¥30,000", "¥40,000", "つないだことのない口座への新しい連携", "A. Aoki、I. Ito", "警報「"]
    {
        assert!(page.html.contains(shown), "{shown}: {}", page.html);
    }
    let form = page.form("/desk/settings").with("reason", "夏の催し");
    let bare = aoki.submit(&page, &form).await.unwrap();
    assert_eq!(bare.status, 422);
    assert!(bare.html.contains("FT-01") && bare.html.contains("夏の催し"), "{}", bare.html);
    let form = bare.form("/desk/settings").with("finding-0", "盗んだ通帳から一日に多く出ていく");
    let form =
        form.with("measure-0", "催しの間だけにして、毎朝見る").with("review_by", &in_a_month());
    let asked = aoki.submit(&bare, &form).await.unwrap();
    assert_eq!(asked.url.path(), "/desk/approvals", "{}", asked.html);

    let page = ito.open(&format!("{}/desk/approvals", bank.pages())).await.unwrap();
    assert!(page.html.contains("緩めた設定ファイルを有効にする"), "{}", page.html);
    let form = page.form_below("/desk/approvals/").with("answer", "agree");
    let agreed = ito.submit(&page, &form).await.unwrap();
    assert_eq!(agreed.status, 200, "{}", agreed.html);
    let page = ito.open(&format!("{}/desk/settings", bank.pages())).await.unwrap();
    assert!(page.html.contains("二人が署名しました"), "{}", page.html);
}

#[expect(clippy::disallowed_methods, reason = "the server that is asked has the real clock")]
fn in_a_month() -> String {
    Zoned::now().date().saturating_add(30.days()).to_string()
}

/// A way in that was not there before, and other places and people than before.
fn others_are_refused(bank: &Bank<'_>) {
    let at = bank.folder.display();
    let telephone = format!(
        "[channels]\nlisten = \"127.0.0.1:{}\"\ntelephone_secret_file = \"{at}/telephone\"\n",
        bank.port + 1
    );
    let thief = format!("[[staff]]\nname = \"Mr. X\"\nactivation_file = \"{at}/thief\"\n");
    for (more, named) in [
        (&*telephone, "channel-telephone from closed to open"),
        (&thief, "staff from A. Aoki, I. Ito to A. Aoki, I. Ito, Mr. X"),
        ("[risk]\nkeys = 10_000\n", "risk-keys from 1000000 to 10000"),
    ] {
        bank.write(30_000, "locked", more);
        let said = bank.refusal();
        assert!(said.contains(named), "{said}");
    }
    bank.write(30_000, "locked", "");
    for (from, to, named) in [
        (
            "[courier]\nurl = \"http://localhost:1",
            "[courier]\nurl = \"http://localhost:2/T0KEN?sesame",
            "courier from",
        ),
        (
            "[core]\nurl = \"http://localhost:1",
            "[core]\nurl = \"http://localhost:2",
            "core-system from",
        ),
    ] {
        let file = bank.folder.join("bank.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(from, to)).unwrap();
        let said = bank.refusal();
        assert!(said.contains(named) && said.contains("to http://localhost:2 "), "{said}");
        assert!(!said.contains("T0KEN") && !said.contains("sesame"), "{said}");
        fs::write(&file, text).unwrap();
    }
}

#[tokio::test]
async fn a_looser_file_starts_once_two_people_signed_what_it_loosens_and_a_tighter_one_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank { folder: folder.path(), port: free_ports() };
    let two = |one: &str, other: &str| (one.to_owned(), other.to_owned());

    bank.write(30_000, "locked", "");
    assert_eq!(bank.start().stop(), Some(0));
    bank.write(40_000, "open", "");
    for _ in 0..2 {
        let said = bank.refusal();
        for named in [
            "cap-per-day from ¥30,000 to ¥40,000",
            "new-links from closed to open",
            "/desk/settings",
        ] {
            assert!(said.contains(named), "{named}: {said}");
        }
    }
    bank.write(30_000, "locked", "");
    let served = bank.start();
    sign(&bank).await;
    assert_eq!(served.stop(), Some(0));
    let changed = bank.changed().await;
    assert_eq!(changed[0], two("settings.first", "settings"));
    assert_eq!(changed[1].0, "settings.refused");
    assert_eq!(changed.len(), 2, "refused twice and said once: {changed:?}");

    // More than what was signed is another change.
    bank.write(50_000, "open", "");
    assert!(bank.refusal().contains("¥50,000"));
    bank.write(40_000, "open", "");
    assert_eq!(bank.start().stop(), Some(0));
    let loosened: Vec<AuditEntry> =
        bank.audit().await.into_iter().filter(|entry| entry.act == "settings.loosened").collect();
    let names: Vec<&str> = loosened.iter().map(|entry| entry.subject.as_str()).collect();
    assert_eq!(names, ["cap-per-day", "new-links"]);
    assert!(loosened.iter().all(|entry| entry.detail.contains_key("record")), "{loosened:?}");
    assert_eq!((&*loosened[0].detail["from"], &*loosened[0].detail["to"]), ("30000", "40000"));
    assert_eq!(bank.start().stop(), Some(0), "the same again is no change");

    // Taken back at once; loosened again it is another change that nobody signed.
    bank.write(30_000, "locked", "");
    assert_eq!(bank.start().stop(), Some(0));
    let changed = bank.changed().await;
    let last: Vec<_> = changed.iter().rev().take(2).cloned().collect();
    let tightened = "settings.tightened";
    assert_eq!(last, [two(tightened, "new-links"), two(tightened, "cap-per-day")]);
    bank.write(40_000, "open", "");
    assert!(bank.refusal().contains("¥40,000"));

    others_are_refused(&bank);
    let log = format!("{:?}", bank.audit().await);
    assert!(!log.contains("T0KEN") && !log.contains("sesame"), "{log}");
    let data = folder.path().to_str().unwrap();
    assert_eq!(kanuki(&["audit", "verify", "--data", data]).status.code(), Some(0));
}
