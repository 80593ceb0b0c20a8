//! How much the engine remembers: numbers for who runs the node, and a word to the desk where a rule may
//! count too little.

use jiff::Timestamp;
use kanuki_risk::Room;
use maud::{Markup, html};

use super::seen::subject_name;
use crate::{Metrics, Visit, show, ui};

/// Says in `metrics` how many keys of each kind are remembered, and how many had to go for others.
pub fn count(metrics: &Metrics, rooms: &[Room]) {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    for room in rooms {
        let of = ("of", room.subject.name());
        let keys = i64::try_from(room.keys).unwrap_or(i64::MAX);
        metrics.gauge("risk_keys", "Keys that the risk engine remembers", &[of], keys);
        let help = "Keys that had to go for others since the start, though they count";
        let gone = [("young", room.forgotten.young), ("needed", room.forgotten.needed)];
        for (why, many) in gone {
            metrics.gauge("risk_keys_forgotten", help, &[of, ("why", why)], whole(many));
        }
    }
}

/// What the desk reads where a key had to go that a rule in force still looked back at.
pub(super) fn warning(visit: &Visit, rooms: &[Room]) -> Markup {
    let short: Vec<&Room> = rooms.iter().filter(|room| room.forgotten.needed > 0).collect();
    let newest: Option<Timestamp> = short.iter().filter_map(|room| room.forgotten.needed_at).max();
    let Some(newest) = newest else { return html! {} };
    let line = |room: &Room| {
        let subject = subject_name(visit, room.subject);
        let (many, most) = (room.forgotten.needed, room.keys_max);
        let args = [("of", subject.into()), ("many", many.into()), ("most", most.into())];
        visit.t_args("risk-room-line", &args)
    };
    let when = show::instant(visit.lang(), newest);
    let body = html! {
        p { (visit.t_args("risk-room-body", &[("when", when.into())])) }
        ul { @for room in short { li { (line(room)) } } }
        p { (visit.t("risk-room-next")) }
    };
    ui::notice(ui::Tone::Warning, &visit.t("risk-room"), body)
}
