//! Names that are close to one that nobody has: a letter off, or two in the wrong order.

use super::{
    query::{Query, is_complete},
    search::Keys,
};

/// How many letters may be off in a name of this length; short names are all close to each other.
const fn slips(letters: usize) -> usize {
    match letters {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    }
}

/// The values whose names are closest to what was typed, at most `limit`; none where that is a code.
pub(super) fn closest<'a, T>(
    typed: &str,
    limit: usize,
    entries: impl Iterator<Item = (&'a Keys, &'a T)>,
) -> Vec<&'a T> {
    let Some(query) = Query::new(typed).filter(|query| query.digits.is_empty()) else {
        return Vec::new();
    };
    let letters = |text: &String| text.chars().collect::<Vec<char>>();
    let forms: Vec<Vec<char>> = query.texts.iter().map(letters).collect();
    let (stem, latin) = (letters(&query.stem), letters(&query.latin));
    let far = |keys: &Keys| {
        let names = keys.texts.iter().flat_map(|key| forms.iter().map(move |form| (key, form)));
        // 千葉興行 is a slip for 千葉興業, and not for 千葉銀行.
        let stems = keys.texts.iter().filter(|key| !is_complete(key)).map(|key| (key, &stem));
        let latins = keys.latin.iter().map(|key| (key, &latin));
        names.chain(stems).chain(latins).filter_map(|(key, form)| distance(form, key)).min()
    };
    let mut found: Vec<_> = entries.filter_map(|(keys, value)| Some((far(keys)?, value))).collect();
    found.sort_by_key(|(far, _)| *far);
    let best = found.first().map(|(far, _)| *far);
    let is_best = |(far, _): &(usize, &T)| Some(*far) == best;
    found.into_iter().filter(is_best).take(limit).map(|(_, value)| value).collect()
}

/// How many letters to change, leave away, put in or swap with the next make one the other; none if
/// they are more than slips.
fn distance(from: &[char], to: &str) -> Option<usize> {
    let to: Vec<char> = to.chars().collect();
    let most = slips(from.len());
    if most == 0 || from.len().abs_diff(to.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for (j, b) in to.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX);
            let after = j.saturating_add(1);
            let changed = at(&row, j).saturating_add(usize::from(a != b));
            let left = at(&row, after).saturating_add(1).min(at(&next, j).saturating_add(1));
            let is_swapped = i > 0
                && j > 0
                && from.get(i.saturating_sub(1)) == Some(b)
                && to.get(j.saturating_sub(1)) == Some(a);
            let swapped = is_swapped.then(|| at(&before, j.saturating_sub(1)).saturating_add(1));
            next.push(changed.min(left).min(swapped.unwrap_or(usize::MAX)));
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|far| *far <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_counted() {
        for (from, to, far) in [
            ("みずほ", "みずほ", Some(0)),
            ("みずぽ", "みずほ", Some(1)),
            ("みほず", "みずほ", Some(1)),
            ("mizuhoo", "mizuho", Some(1)),
            ("mzuhio", "mizuho", Some(2)),
            ("みなと", "みずほ", None),
            ("京", "京都", None),
        ] {
            let letters: Vec<char> = from.chars().collect();
            assert_eq!(distance(&letters, to), far, "{from} {to}");
        }
    }
}
