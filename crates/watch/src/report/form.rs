//! The page of `kanuki watch --page`: files and typed lines in, the report out.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use maud::html;
use sha2::{Digest as _, Sha256};

use super::{shell, style, title};
use crate::words::Lang;

/// What stands above the lines that somebody types.
pub const TYPED_HEADER: &str = "日付,摘要,出金,入金,残高";

/// For `style-src` of a content security policy: the page's one style, and no other.
#[must_use]
pub fn style_hash() -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(style::CSS)))
}

/// The page, with what was wrong with the last try.
#[must_use]
pub fn page(lang: Lang, problem: Option<&str>) -> String {
    shell(
        lang,
        title(lang),
        "",
        html! {
                h1 { (title(lang)) }
                p { (lang.pick(
                    "銀行の明細ファイルを選ぶと、覚えのない引き落としがないか調べます。このパソコンの中だけで調べ、何も残さず、どこにも送りません。",
                    "Choose statement files to look for debits that nobody knows. All on this machine; nothing is kept or sent.")) }
                @if let Some(problem) = problem {
                    section.summary.found role="alert" {
                        h2 { (lang.pick("読めませんでした", "That could not be read")) }
                        p { (problem) }
                    }
                }
                form method="post" enctype="multipart/form-data" {
                    p {
                        label for="name" { (lang.pick("口座の名前(だれの、どこの。なくても構いません)", "Name of the account (whose, where; optional)")) }
                        input #name type="text" name="name" maxlength="40" autocomplete="off"
                            placeholder=(lang.pick("母のゆうちょ", "Mother's Yucho"));
                    }
                    p {
                        label for="file" { (lang.pick("明細ファイル(いくつでも)", "Statement files (any number)")) }
                        input #file type="file" name="file" multiple accept=".csv,.tsv,.txt,.ofx,.qfx";
                    }
                    p.small { (lang.pick(
                        "三菱UFJ、三井住友、みずほ、ゆうちょ、楽天、ドコモSMTB、SBI新生、イオン、ANSERのCSVと、OFX。",
                        "CSV of MUFG, SMBC, Mizuho, Yucho, Rakuten, docomo SMTB, SBI Shinsei, AEON and ANSER; OFX.")) }
                    p {
                        label for="typed" { (lang.pick("通帳から書き写す(1行に1つ)", "Lines from a passbook, one each")) }
                        textarea #typed name="typed" rows="5" spellcheck="false"
                            placeholder="R8.9.1,ドコモコウザ,100000,,20000" {}
                    }
                    p.small { (lang.pick("順番: 日付,摘要,出金,入金,残高", "In this order: date, text, out, in, balance")) }
                    details {
                        summary { (lang.pick("家族のほかの口座もいっしょに調べる", "Look at other accounts of the family too")) }
                        @for place in 2..=ACCOUNTS_MAX { (another(lang, place)) }
                    }
                    p {
                        label.check {
                            input type="checkbox" name="apart" value="1";
                            (lang.pick(" ファイルごとに別の口座(家族の口座など)", " Each file is another account (a family's)"))
                        }
                    }
                    p { button type="submit" { (lang.pick("調べる", "Look")) } }
                }
        },
    )
}

/// How many accounts the page takes at once; the command takes any number.
const ACCOUNTS_MAX: u8 = 4;

/// One more account: what follows a name belongs to it.
fn another(lang: Lang, place: u8) -> maud::Markup {
    html! {
        fieldset {
            legend { (lang.pick("口座", "Account")) " " (place) }
            p {
                label for={ "name" (place) } { (lang.pick("口座の名前", "Name of the account")) }
                input id={ "name" (place) } type="text" name="name" maxlength="40" autocomplete="off";
            }
            p {
                label for={ "file" (place) } { (lang.pick("明細ファイル", "Statement files")) }
                input id={ "file" (place) } type="file" name="file" multiple
                    accept=".csv,.tsv,.txt,.ofx,.qfx";
            }
            p {
                label for={ "typed" (place) } { (lang.pick("通帳から書き写す", "Lines from a passbook")) }
                textarea id={ "typed" (place) } name="typed" rows="3" spellcheck="false" {}
            }
        }
    }
}
