//! Changes to good DER that leave it readable: a fuzzer that flips bytes ends at the first length.
//!
//! A document is a tree of values. A script names one of them and says what becomes of it; the lengths
//! around it are written anew. What a wrong length does is a change as well, to the bytes at the end.
//! Changed and unchanged documents share what is the same: a fuzzer asks for millions of them.

use std::sync::Arc;

/// The most changes that one script makes.
const CHANGES_MAX: usize = 12;
/// The deepest tree that is taken apart.
const DEPTH_MAX: usize = 16;

const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;

/// One value and what is in it.
#[derive(Clone, Debug)]
struct Value {
    tag: u8,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Bytes(Arc<[u8]>),
    Values(Arc<Vec<Value>>),
}

impl Value {
    /// How many values it is, with those in it.
    fn count(&self) -> usize {
        match &self.body {
            Body::Bytes(_) => 1,
            Body::Values(inner) => inner.iter().map(Self::count).sum::<usize>().saturating_add(1),
        }
    }
}

/// A good document, taken apart; and how long it is.
#[derive(Clone, Debug)]
pub(crate) struct Document(Arc<Vec<Value>>, usize);

/// The tag, the content and what follows of the first value.
fn first(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = bytes else { return None };
    // Tags of several bytes are in no certificate.
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let many = usize::from(length & 0x7F);
        if many == 0 || many > 3 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(many)?;
        (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// All of `bytes` as values, if they are nothing else.
fn values(mut bytes: &[u8], depth: usize) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (tag, content, after) = first(bytes)?;
        // An extension is DER within an octet string.
        let may_hold = depth < DEPTH_MAX && (tag & CONSTRUCTED != 0 || tag == OCTET_STRING);
        let inner = if may_hold && !content.is_empty() { values(content, depth + 1) } else { None };
        let body = inner
            .map_or_else(|| Body::Bytes(content.into()), |inner| Body::Values(Arc::new(inner)));
        all.push(Value { tag, body });
        bytes = after;
    }
    Some(all)
}

/// Writes all of them from the last byte to the first: what a value's length is, is known once what is in it
/// stands there, and is not counted anew around each value that it is in.
fn write_backwards(all: &[Value], to: &mut Vec<u8>) {
    for value in all.iter().rev() {
        let before = to.len();
        match &value.body {
            Body::Bytes(bytes) => to.extend(bytes.iter().rev()),
            Body::Values(inner) => write_backwards(inner, to),
        }
        let length = to.len().saturating_sub(before);
        match u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes() {
            [0, 0, 0, short] if short < 0x80 => to.push(short),
            [0, 0, 0, digit] => to.extend_from_slice(&[digit, 0x81]),
            [0, 0, high, low] => to.extend_from_slice(&[low, high, 0x82]),
            [a, b, c, d] => to.extend_from_slice(&[d, c, b, a, 0x84]),
        }
        to.push(value.tag);
    }
}

/// What becomes of a value.
#[derive(Clone, Copy)]
enum Change {
    Say,
    Begin,
    Append,
    Remove,
    Repeat,
    Retag,
    Damage,
}

const CHANGES: [Change; 7] = [
    Change::Say,
    Change::Begin,
    Change::Append,
    Change::Remove,
    Change::Repeat,
    Change::Retag,
    Change::Damage,
];

/// One step of a script: two bytes say where, one what, one how many bytes of it follow.
struct Step<'a> {
    place: usize,
    change: Change,
    piece: &'a [u8],
}

fn steps(mut script: &[u8]) -> Vec<Step<'_>> {
    let mut all = Vec::new();
    while all.len() < CHANGES_MAX
        && let [high, low, what, count, rest @ ..] = script
    {
        let (piece, after) = rest.split_at_checked(usize::from(*count)).unwrap_or((rest, &[]));
        let change = CHANGES.get(usize::from(*what) % CHANGES.len()).copied();
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        all.push(Step { place, change: change.unwrap_or(Change::Say), piece });
        script = after;
    }
    all
}

impl Document {
    /// Takes one apart.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        values(bytes, 0).map(|all| Self(Arc::new(all), bytes.len()))
    }

    /// The document as `script` changes it; without a script, as it was.
    pub(crate) fn changed(&self, script: &[u8]) -> Vec<u8> {
        let steps = steps(script);
        let mut all = Arc::clone(&self.0);
        for step in &steps {
            apply(&mut all, step.place, step);
        }
        let more: usize = steps.iter().map(|step| step.piece.len()).sum();
        let mut bytes = Vec::with_capacity(self.1.saturating_add(more));
        write_backwards(&all, &mut bytes);
        bytes.reverse();
        for step in steps.iter().filter(|step| matches!(step.change, Change::Damage)) {
            for (old, new) in bytes.iter_mut().skip(step.place).zip(step.piece) {
                *old = *new;
            }
        }
        bytes
    }
}

/// Finds the value that is `place` values further, each before what is in it, and changes it.
fn apply(all: &mut Arc<Vec<Value>>, mut place: usize, step: &Step<'_>) {
    for at in 0..all.len() {
        if place == 0 {
            become_of(Arc::make_mut(all), at, step);
            return;
        }
        let count = all.get(at).map_or(1, Value::count);
        if place < count {
            if let Some(Value { body: Body::Values(inner), .. }) = Arc::make_mut(all).get_mut(at) {
                apply(inner, place.saturating_sub(1), step);
            }
            return;
        }
        place = place.saturating_sub(count);
    }
}

fn become_of(all: &mut Vec<Value>, at: usize, step: &Step<'_>) {
    let Some(value) = all.get_mut(at) else { return };
    match step.change {
        Change::Say => value.body = Body::Bytes(step.piece.into()),
        Change::Begin | Change::Append => {
            if let Body::Bytes(old) = &mut value.body {
                let is_longer = matches!(step.change, Change::Append);
                let kept = old.get(if is_longer { 0 } else { step.piece.len() }..);
                let kept = kept.unwrap_or_default();
                let parts = if is_longer { [kept, step.piece] } else { [step.piece, kept] };
                *old = parts.concat().into();
            } else if let (Body::Values(inner), Some(more)) =
                (&mut value.body, values(step.piece, 0))
            {
                Arc::make_mut(inner).extend(more);
            }
        }
        Change::Remove => {
            all.remove(at);
        }
        Change::Repeat => {
            let again = value.clone();
            all.insert(at, again);
        }
        Change::Retag => value.tag = step.piece.first().copied().unwrap_or(BIT_STRING),
        Change::Damage => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence of a number, a text, and an octet string with a sequence in it.
    const GOOD: [u8; 14] = [0x30, 12, 2, 1, 7, 12, 2, b'a', b'b', 4, 3, 0x30, 1, 5];

    fn changed(script: &[u8]) -> Vec<u8> {
        Document::of(&GOOD).map(|good| good.changed(script)).unwrap_or_default()
    }

    #[test]
    fn lengths_follow_what_is_changed() {
        assert_eq!(changed(&[]), GOOD);
        assert_eq!(changed(&[0, 1, 0, 2, 8, 9])[..6], [0x30, 13, 2, 2, 8, 9]);
        assert_eq!(changed(&[0, 2, 1, 1, b'x'])[5..9], [12, 2, b'x', b'b']);
        assert_eq!(changed(&[0, 2, 2, 1, b'c'])[5..10], [12, 3, b'a', b'b', b'c']);
        assert_eq!(changed(&[0, 1, 3, 0])[..4], [0x30, 9, 12, 2]);
        assert_eq!(changed(&[0, 1, 4, 0])[..8], [0x30, 15, 2, 1, 7, 2, 1, 7]);
        assert_eq!(changed(&[0, 2, 5, 1, 0x13])[5..7], [0x13, 2]);
        let long = [[0, 2, 2, 200].as_slice(), &[b'z'; 200]].concat();
        assert_eq!(changed(&long)[..8], [0x30, 0x81, 213, 2, 1, 7, 12, 0x81]);
    }

    #[test]
    fn lengths_may_be_damaged_at_last_and_nothing_else_is_needed() {
        let damaged = changed(&[0, 1, 6, 2, 0xFF, 0xFF]);
        assert_eq!((damaged.len(), &damaged[..4]), (GOOD.len(), [0x30, 0xFF, 0xFF, 1].as_slice()));
        assert!(Document::of(&damaged).is_none());
        for script in [&[0, 99, 0, 0][..], &[0, 1], &[0xFF; 300]] {
            let _ = changed(script);
        }
    }
}
