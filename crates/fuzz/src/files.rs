//! Files that another company or a stranger made, and that staff and holders read in.

use jiff::civil::{Date, date};
use kanuki_desk::registry::profile;
use kanuki_domain::{
    agreement::Agreement,
    barrier::{AttackPath, Barrier},
};
use kanuki_formats::zengin::{self, Debit, LineEnds, Report, Transfer};
use kanuki_watch::{
    Lang,
    profile::{Assessment, Comparison, Level, since},
};

use crate::Target;

const TODAY: Date = date(2026, 11, 20);

/// 全銀: what is to be paid (21), what was collected (91), what moved (01, 03).
pub(crate) const ZENGIN: Target = Target {
    name: "zengin",
    longest: 2_048,
    run: |bytes| {
        let _ = zengin::read::<Debit>(bytes);
        let _ = zengin::read::<Transfer>(bytes);
        if let Ok(report) = Report::read(bytes, TODAY) {
            let _ = report.write(LineEnds::None);
        }
    },
    seeds: &[
        include_str!("../seeds/zengin-21.txt"),
        include_str!("../seeds/zengin-91.txt"),
        include_str!("../seeds/zengin-01.txt"),
        include_str!("../seeds/zengin-03.txt"),
    ],
};

/// An institution profile: what follows from it on any day, and for an agreement. What is found of one
/// that was read in is what is found of it again.
pub(crate) const PROFILE: Target = Target {
    name: "profile",
    longest: 8_192,
    run: |bytes| {
        let Ok(read) = profile::read(bytes) else { return };
        for day in [Date::MIN, date(2020, 9, 8), TODAY, Date::MAX] {
            let assessment = Assessment::of(&read, day);
            let _ = assessment.outline(Lang::Ja);
            let assessments = [assessment];
            let _ = Comparison {
                assessments: &assessments,
                changed: &[],
                publisher: None,
                lang: Lang::En,
            }
            .page();
            let _ = since::changes(&read, &read, day);
            let _ = Level::of(&read, day, &AttackPath::ALL);
        }
        let mut agreement = Agreement::default();
        let standard = &mut agreement.standards.of_bank;
        standard.required.insert(AttackPath::Link, Barrier::Device);
        standard.file = String::from_utf8_lossy(bytes).into_owned();
        profile::settle(&mut agreement, TODAY);
        let settled = agreement.clone();
        profile::settle(&mut agreement, TODAY);
        assert!(agreement == settled);
        let _ = profile::gaps(&agreement, None);
    },
    seeds: &[
        include_str!("../seeds/profile.json"),
        include_str!("../../watch/data/profiles/docomo-koza.json"),
    ],
};
