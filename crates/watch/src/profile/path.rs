//! What an attacker needs on each way, from what is claimed and from nothing else.
//!
//! Whoever must pass several things meets the highest of them, so each known one is a floor: a
//! claim more can only raise a barrier, and a claim that is missing never lowers one.

use jiff::civil::Date;
use kanuki_domain::barrier::{AttackPath, Barrier};
use serde::Serialize;

use super::{
    Claim, Field, Incident, Problem, Profile, Value,
    factor::{self, Factor},
    field::{self, FIELDS},
    words::Both,
};
use crate::words::Lang;

/// One thing that an attacker needs, or that limits what is gained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// 日本語
    pub ja: String,
    /// English
    pub en: String,
    /// The claim it follows from, by its place in the profile.
    pub claim: usize,
}

impl Need {
    fn of(text: Both, claim: usize) -> Self {
        Self { ja: text.ja.to_owned(), en: text.en.to_owned(), claim }
    }

    /// The text for one reader.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.ja, &self.en)
    }
}

/// One way to the money.
#[derive(Clone, Debug)]
pub struct PathView {
    /// Which.
    pub path: AttackPath,
    /// What must be got past.
    pub barrier: Barrier,
    /// What an attacker needs, all of it.
    pub needs: Vec<Need>,
    /// What is known beside that: notices, waits, limits.
    pub around: Vec<usize>,
    /// What nobody says.
    pub unknown: Vec<&'static Field>,
    /// What was said of it once, by place in the profile.
    pub past: Vec<usize>,
}

/// A profile as it stands on a day.
#[derive(Clone, Debug)]
pub struct Assessment<'a> {
    /// Of whom.
    pub profile: &'a Profile,
    /// On which day.
    pub on: Date,
    /// Each way to the money.
    pub paths: Vec<PathView>,
    /// Evidence that cannot be relied on.
    pub problems: Vec<Problem>,
}

/// The parts of an assessment that scripts read.
#[derive(Debug, Serialize)]
pub struct Outline {
    /// Which way.
    pub path: AttackPath,
    /// What must be got past.
    pub barrier: Barrier,
    /// What an attacker needs.
    pub needs: Vec<String>,
    /// The claims that this follows from, by place.
    pub claims: Vec<usize>,
    /// The fields that nobody speaks of.
    pub unknown: Vec<&'static str>,
    /// Claims that once spoke of it, by place.
    pub past: Vec<usize>,
}

impl<'a> Assessment<'a> {
    /// The incidents that anybody could know of on the day.
    pub fn incidents(&self) -> impl Iterator<Item = &'a Incident> + use<'a> {
        let on = self.on;
        self.profile.incidents.iter().filter(move |incident| incident.is_known_on(on))
    }

    /// Looks at a profile as of `on`.
    #[must_use]
    pub fn of(profile: &'a Profile, on: Date) -> Self {
        let look = Look { profile, on };
        let paths = AttackPath::ALL.into_iter().map(|path| look.at(path)).collect();
        Self { profile, on, paths, problems: profile.problems(on) }
    }

    /// One way.
    #[must_use]
    pub fn path(&self, path: AttackPath) -> Option<&PathView> {
        self.paths.iter().find(|view| view.path == path)
    }

    /// What must be got past on one way.
    #[must_use]
    pub fn barrier(&self, path: AttackPath) -> Barrier {
        self.path(path).map_or(Barrier::Unknown, |view| view.barrier)
    }

    /// What scripts read of it.
    #[must_use]
    pub fn outline(&self, lang: Lang) -> Vec<Outline> {
        let outline = |view: &PathView| {
            let used = view.needs.iter().map(|need| need.claim).chain(view.around.iter().copied());
            let mut claims: Vec<usize> = used.collect();
            claims.sort_unstable();
            claims.dedup();
            Outline {
                path: view.path,
                barrier: view.barrier,
                needs: view.needs.iter().map(|need| need.text(lang).to_owned()).collect(),
                claims,
                unknown: view.unknown.iter().map(|field| field.name).collect(),
                past: view.past.clone(),
            }
        };
        self.paths.iter().map(outline).collect()
    }
}

/// What an attacker meets so far.
struct Met {
    barrier: Barrier,
    needs: Vec<Need>,
}

impl Met {
    const NONE: Self = Self { barrier: Barrier::Unknown, needs: Vec::new() };

    fn and(mut self, other: Self) -> Self {
        self.barrier = self.barrier.max(other.barrier);
        for need in other.needs {
            if !self.needs.contains(&need) {
                self.needs.push(need);
            }
        }
        self
    }
}

struct Look<'a> {
    profile: &'a Profile,
    on: Date,
}

impl<'a> Look<'a> {
    fn said(&self, name: &str) -> Option<(usize, &'a Claim)> {
        self.profile.said(field::find(name)?, self.on)
    }

    /// A yes-or-no field to which the answer is yes.
    fn is_so(&self, name: &str) -> Option<usize> {
        self.said(name)
            .filter(|(_, claim)| claim.value == Value::Flag(true))
            .map(|(place, _)| place)
    }

    fn at(&self, path: AttackPath) -> PathView {
        let met = self.met(path);
        let of_path = || FIELDS.iter().filter(move |field| field.path == Some(path));
        let around = of_path().filter_map(|field| self.profile.said(field, self.on));
        let is_used = |place: &usize| met.needs.iter().any(|need| need.claim == *place);
        let around = around.map(|(place, _)| place).filter(|place| !is_used(place)).collect();
        let unknown = of_path().filter(|f| self.profile.said(f, self.on).is_none()).collect();
        let past = self.past(path);
        PathView { path, barrier: met.barrier, needs: met.needs, around, unknown, past }
    }

    fn past(&self, path: AttackPath) -> Vec<usize> {
        let claims = self.profile.claims.iter().enumerate();
        let of = claims.filter(|(_, claim)| claim.field.path == Some(path));
        let past = of.filter(|(_, claim)| {
            use super::Standing::{Current, Expired, History, Later};
            match claim.standing(self.on) {
                Expired | History => true,
                Current | Later => false,
            }
        });
        past.map(|(place, _)| place).collect()
    }

    fn met(&self, path: AttackPath) -> Met {
        match path {
            AttackPath::Link => self.link(),
            AttackPath::SignIn => self.sign_in(),
            AttackPath::ContactChange => self.factors("contact_change.factors"),
            AttackPath::Transfer => self.transfer(),
            AttackPath::Recovery => self.factors("recovery.factors"),
        }
    }

    /// What a list of factors asks for. The class of the highest counts: several of one class are
    /// one (FT-10).
    fn factors(&self, name: &str) -> Met {
        let Some((place, claim)) = self.said(name) else { return Met::NONE };
        let Some(words) = claim.value.words() else { return Met::NONE };
        let mut factors: Vec<&Factor> = words.iter().filter_map(|w| factor::find(w)).collect();
        factors.sort_by_key(|factor| factor.barrier);
        let barrier = factors.iter().map(|f| f.barrier).max().unwrap_or(Barrier::Unknown);
        let needs = factors.into_iter().map(|factor| Need::of(factor.need, place)).collect();
        Met { barrier, needs }
    }

    fn link(&self) -> Met {
        let mut met = self.factors("link.factors").and(self.factors("link.wallet_identity"));
        if let Some(place) = self.is_so("link.name_match") {
            let need = Both {
                ja: "あなたの名義で本人確認を通ったウォレット",
                en: "a wallet that was proven to be in your name",
            };
            met.needs.push(Need::of(need, place));
        }
        let days = self.said("link.holder_confirmation");
        if let Some((place, &Value::Number(days))) = days.map(|(place, c)| (place, &c.value))
            && days > 0
        {
            // The link lapses unless somebody signs in and confirms it: a floor of its own.
            let signed_in = self.sign_in();
            met.needs.push(Need {
                ja: format!("{days}日以内に、あなたのネットバンキングに入って連携を確認すること"),
                en: format!("to confirm it in your online banking within {days} days"),
                claim: place,
            });
            met = met.and(signed_in);
        }
        met
    }

    fn sign_in(&self) -> Met {
        let met = self.factors("login.factors");
        let passkey = self.said("login.passkey");
        match passkey.map(|(place, claim)| (place, &claim.value)) {
            Some((place, Value::Text(word))) if word == "required" => {
                let need = factor::find("passkey").map(|factor| Need::of(factor.need, place));
                let needs = need.into_iter().collect();
                met.and(Met { barrier: Barrier::Bound, needs })
            }
            // Where a weaker way stays open, an attacker takes that.
            Some(_) | None => met,
        }
    }

    fn transfer(&self) -> Met {
        let Some((place, claim)) = self.said("txn_auth") else { return Met::NONE };
        let Value::Text(word) = &claim.value else { return Met::NONE };
        let (barrier, ja, en) = match word.as_str() {
            "none" => (Barrier::Unknown, "入ったあとは何も要りません", "nothing once inside"),
            "otp" => (
                Barrier::Code,
                "送金のときの一度きりの番号(何に使うかは番号から分かりません)",
                "a one-time code, which does not say what it is for",
            ),
            "two_channel" => (
                Barrier::Device,
                "別の機器での承認(あなたの機器、またはあなたに承認させること)",
                "approval on another device: yours, or by having you approve",
            ),
            _ => (
                Barrier::Bound,
                "相手と金額を見たうえでの、あなた自身の承認",
                "your own approval, with payee and amount before your eyes",
            ),
        };
        let own = Met { barrier, needs: vec![Need::of(Both { ja, en }, place)] };
        // Sending from inside means being inside first.
        self.sign_in().and(own)
    }
}
