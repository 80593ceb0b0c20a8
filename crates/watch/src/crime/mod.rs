//! How crimes against accounts go (手口), for people: which there are, by which way each gets at the
//! money, and where it is known from.
//!
//! [`told`] are the crimes that the lab replays, in the words of its scenario files: what is played
//! is what is told. A [`Crime`] is a sort of crime with a longer page of its own; its words are the
//! page's, and here is what must not drift from the rules of [`exposure`](crate::exposure).

pub mod told;

pub use told::{Sign, Told};

use crate::exposure::Way;

/// One sort of crime, with a longer page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crime {
    /// 2020: a stranger's account linked to a thief's wallet with a number and a PIN.
    Attack2020,
    /// A false page passes everything on to the real one while the holder types.
    PhishingProxy,
    /// A caller who is the bank, the police or a support line.
    FakeStaff,
    /// The telephone number or the letterbox is taken over.
    NumberAndMail,
    /// The way back into an account is taken instead of the way in.
    RecoveryTakeover,
}

/// Where something is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Who said it, and when.
    pub name: &'static str,
    /// Where it can be read.
    pub url: &'static str,
}

const FSA_2020: Source = Source {
    name: "金融庁 2020-09-15",
    url: "https://www.fsa.go.jp/news/r2/sonota/20200915/20200915.html",
};
const TOKUSHIMA: Source =
    Source { name: "徳島新聞", url: "https://www.topics.or.jp/articles/-/476051" };
const KTAI: Source = Source {
    name: "ケータイWatch 2020-09-10",
    url: "https://k-tai.watch.impress.co.jp/docs/news/1276085.html",
};
const NANIGOTO: Source =
    Source { name: "nanigoto 2020-09-09", url: "https://www.nanigoto.net/entry/2020/09/09/121038" };
const NIPPON: Source = Source {
    name: "nippon.com 2025-09-18",
    url: "https://www.nippon.com/ja/news/yjj2025091800934/",
};
const FUJIPOST: Source =
    Source { name: "fujipost", url: "https://www.fujipost.com/business/38712.html" };
const IMPRESS_2025: Source = Source {
    name: "Impress Watch 2025",
    url: "https://www.watch.impress.co.jp/docs/news/2031496.html",
};
const OPENID: Source = Source {
    name: "OpenIDファウンデーション・ジャパン 2025-08",
    url: "https://www.openid.or.jp/news/2025/08/openid-kyc-wg.html",
};
/// The authorities' request to every bank to warn of payments on somebody else's instructions.
const SCANNET: Source = Source {
    name: "ScanNetSecurity 2025-09",
    url: "https://www.excite.co.jp/news/article/Scannetsecurity_53698",
};
const SBI: Source = Source {
    name: "Yahoo!ニュース エキスパート 2020",
    url: "https://news.yahoo.co.jp/expert/articles/6408bd3b3da2b118d7f8f5abf4de88c61789b3f8",
};

impl Crime {
    /// Every crime that there is a page about.
    pub const ALL: [Self; 5] = [
        Self::Attack2020,
        Self::PhishingProxy,
        Self::FakeStaff,
        Self::NumberAndMail,
        Self::RecoveryTakeover,
    ];

    /// Its short name, as in its page's address.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Attack2020 => "attack-2020",
            Self::PhishingProxy => "phishing-proxy",
            Self::FakeStaff => "fake-staff",
            Self::NumberAndMail => "number-and-mail",
            Self::RecoveryTakeover => "recovery-takeover",
        }
    }

    /// Reads its short name.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|crime| crime.id() == id)
    }

    /// What of it one meets first.
    #[must_use]
    pub const fn sign(self) -> Sign {
        match self {
            Self::Attack2020 => Sign::Debit,
            Self::PhishingProxy => Sign::Message,
            Self::FakeStaff => Sign::Call,
            Self::NumberAndMail | Self::RecoveryTakeover => Sign::Notice,
        }
    }

    /// By which ways it gets at an account.
    #[must_use]
    pub const fn ways(self) -> &'static [Way] {
        match self {
            Self::Attack2020 => &[Way::NewLink],
            Self::PhishingProxy => &[Way::Phished, Way::Approved],
            Self::FakeStaff => &[Way::CardTaken, Way::SentThemselves],
            Self::NumberAndMail | Self::RecoveryTakeover => &[Way::OldLink],
        }
    }

    /// Where it is known from.
    #[must_use]
    pub const fn sources(self) -> &'static [Source] {
        match self {
            Self::Attack2020 => &[FSA_2020, TOKUSHIMA, KTAI, NANIGOTO],
            Self::PhishingProxy => &[NIPPON, FUJIPOST, IMPRESS_2025],
            Self::FakeStaff => &[SCANNET],
            Self::NumberAndMail => &[OPENID],
            Self::RecoveryTakeover => &[OPENID, SBI],
        }
    }

    /// The crime that shows how a way is gone.
    #[must_use]
    pub fn of(way: Way) -> Option<Self> {
        Self::ALL.into_iter().find(|crime| crime.ways().contains(&way))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_a_crime_that_shows_it_and_every_crime_a_source() {
        for way in Way::ALL {
            assert!(Crime::of(way).is_some(), "{way:?}");
        }
        for crime in Crime::ALL {
            assert_eq!(Crime::parse(crime.id()), Some(crime));
            assert!(!crime.ways().is_empty(), "{crime:?}");
            assert!(crime.sources().iter().all(|s| s.url.starts_with("https://")), "{crime:?}");
            assert!(!crime.sources().is_empty(), "{crime:?}");
        }
        assert_eq!(Crime::parse("../etc"), None);
    }
}
