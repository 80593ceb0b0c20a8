//! What a person can see and do on a page: text, links and forms.

mod token;

use std::{borrow::Cow, collections::BTreeMap};

use token::{Attributes, Token, read};

/// A form, with what a browser would send if it were submitted untouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// `get` or `post`.
    pub(crate) method: String,
    /// Where it goes, as written.
    pub(crate) action: String,
    /// `create` or `get` if a passkey answers it.
    pub(crate) passkey: Option<String>,
    /// What the passkey is asked: JSON.
    pub(crate) options: String,
    fields: Vec<(String, String)>,
    choices: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// A form that no page offers, made by hand.
    pub(crate) fn post(action: &str) -> Self {
        Self {
            method: "post".to_owned(),
            action: action.to_owned(),
            passkey: None,
            options: String::new(),
            fields: Vec::new(),
            choices: BTreeMap::new(),
        }
    }

    /// The value of a field as it stands.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The names of its fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// True if the form asks for `name`.
    pub(crate) fn asks(&self, name: &str) -> bool {
        self.value(name).is_some() || self.choices.contains_key(name)
    }

    /// What may be chosen for `name`: of buttons, boxes or a list.
    pub(crate) fn choices(&self, name: &str) -> &[String] {
        self.choices.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Fills in a field; a field that the page does not have is added, as an attacker would.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// The body of the submission.
    pub(crate) fn encode(&self) -> String {
        serde_urlencoded::to_string(&self.fields).unwrap_or_default()
    }
}

/// A page that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    /// The forms in order.
    pub(crate) forms: Vec<Form>,
    /// Where links lead.
    pub(crate) links: Vec<String>,
    /// What is written, with a space between pieces.
    pub(crate) text: String,
    /// Numbers that the page spells out digit by digit, for somebody to read aloud or to type elsewhere.
    pub(crate) spelled: Vec<String>,
    /// The tones of the page's notices in order: what a person sees from color and picture.
    pub(crate) tones: Vec<String>,
}

impl Document {
    /// Reads a page.
    pub(crate) fn parse(html: &str) -> Self {
        let mut reader = Reader::default();
        read(html, |token| reader.take(token));
        reader.end_form();
        reader.document
    }

    /// Runs of exactly `count` letters and digits in the text: codes that a person copies.
    pub(crate) fn codes(&self, count: usize) -> Vec<String> {
        let is_code = |word: &&str| {
            word.chars().count() == count && word.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let words = self.text.split(|c: char| !c.is_ascii_alphanumeric());
        words.filter(is_code).map(str::to_owned).collect()
    }
}

#[derive(Default)]
struct Reader {
    document: Document,
    form: Option<Form>,
    /// The list that is open, and whether one of its options was taken.
    select: Option<(String, bool)>,
    area: Option<(String, String)>,
}

impl Reader {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Open(name, attributes) => self.open(&name, &attributes),
            Token::Close(name) => match &*name {
                "form" => self.end_form(),
                "select" => self.select = None,
                "textarea" => self.end_area(),
                _ => {}
            },
            Token::Text(text) => {
                if let Some((_, value)) = &mut self.area {
                    value.push_str(&text);
                }
                self.document.text.push_str(text.trim());
                self.document.text.push(' ');
            }
        }
    }

    fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        let get = |key: &str| attributes.get(key).unwrap_or_default().into_owned();
        let class = attributes.get("class");
        let tone = class.as_deref().and_then(|class| class.strip_prefix("notice "));
        let tone = tone.filter(|_| !attributes.has("hidden")).map(str::to_owned);
        self.document.tones.extend(tone);
        self.document.spelled.extend(attributes.get("aria-label").and_then(|said| digits(&said)));
        match name {
            "a" => self.document.links.extend(attributes.get("href").map(Cow::into_owned)),
            "form" => {
                self.end_form();
                let method = get("method").to_ascii_lowercase();
                self.form = Some(Form {
                    method: if method.is_empty() { "get".to_owned() } else { method },
                    action: get("action"),
                    passkey: attributes.get("data-passkey").map(Cow::into_owned),
                    options: get("data-options"),
                    fields: Vec::new(),
                    choices: BTreeMap::new(),
                });
            }
            "input" => self.input(attributes),
            "select" => self.select = Some((get("name"), false)),
            "option" => self.option(attributes),
            "textarea" => self.area = Some((get("name"), String::new())),
            _ => {}
        }
    }

    fn input(&mut self, attributes: &Attributes<'_>) {
        let Some(form) = &mut self.form else { return };
        let name = attributes.get("name").filter(|name| !name.is_empty());
        let Some(name) = name.map(Cow::into_owned) else { return };
        let value = attributes.get("value").map(Cow::into_owned);
        match attributes.get("type").as_deref().unwrap_or("text") {
            "submit" | "button" | "reset" | "image" => {}
            "radio" | "checkbox" => {
                let value = value.unwrap_or_else(|| "on".to_owned());
                form.choices.entry(name.clone()).or_default().push(value.clone());
                if attributes.has("checked") {
                    form.fields.push((name, value));
                }
            }
            _ => form.fields.push((name, value.unwrap_or_default())),
        }
    }

    fn option(&mut self, attributes: &Attributes<'_>) {
        let (Some(form), Some((name, was_chosen))) = (&mut self.form, &mut self.select) else {
            return;
        };
        let value = attributes.get("value").unwrap_or_default().into_owned();
        form.choices.entry(name.clone()).or_default().push(value.clone());
        // The first option counts unless another one is marked.
        let is_marked = attributes.has("selected");
        if is_marked || !*was_chosen {
            form.fields.retain(|(field, _)| field != name);
            form.fields.push((name.clone(), value));
            *was_chosen = true;
        }
    }

    fn end_area(&mut self) {
        if let (Some((name, value)), Some(form)) = (self.area.take(), &mut self.form) {
            form.fields.push((name, value));
        }
    }

    fn end_form(&mut self) {
        self.document.forms.extend(self.form.take());
        self.select = None;
    }
}

/// `4 2` as `42`; nothing of what is not digits one by one.
fn digits(said: &str) -> Option<String> {
    let is_digit = |word: &str| word.len() == 1 && word.bytes().all(|b| b.is_ascii_digit());
    let words: Vec<&str> = said.split(' ').collect();
    words.iter().all(|word| is_digit(word)).then(|| words.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<h1>Link</h1><div class="notice success">done</div><a href="/a?x=1&amp;y=2">more</a>
        <form method="post" action="/enrol" data-passkey="create" data-options="{&quot;a&quot;:1}">
          <input type="hidden" name="csrf" value="t">
          <input name="number"><input type="radio" name="proof" value="call" checked>
          <input type="radio" name="proof" value="atm">
          <select name="branch"><option value="101">A<option value="112" selected>B</select>
          <textarea name="note">hello</textarea><button type="submit">Go</button>
        </form> <p>Reference: <code>12345678</code></p>"#;

    #[test]
    fn untouched_form_sends_what_the_page_says() {
        let page = Document::parse(PAGE);
        let form = page.forms.first().unwrap();

        assert_eq!(form.encode(), "csrf=t&number=&proof=call&branch=112&note=hello");
        assert_eq!(form.passkey.as_deref(), Some("create"));
        assert_eq!(form.options, "{\"a\":1}");
        assert_eq!(form.choices("proof"), ["call", "atm"]);
    }

    #[test]
    fn a_number_to_read_out_is_no_amount_and_no_date() {
        let page = Document::parse(
            r#"<p class="balance-amount"><span class="yen">¥</span>30,000</p> 11月27日 10:42
               <p class="balance-amount" aria-label="0 7">07</p><nav aria-label="Menu 4"></nav>"#,
        );

        assert_eq!(page.spelled, ["07"]);
    }

    #[test]
    fn links_and_codes_are_read_as_a_person_would() {
        let page = Document::parse(PAGE);

        assert_eq!(page.links, ["/a?x=1&y=2"]);
        assert_eq!(page.codes(8), ["12345678"]);
        assert_eq!(page.tones, ["success"]);
    }
}
