//! How what the companies run differs from the policy that it starts from.

use std::collections::BTreeSet;

use kanuki_domain::Yen;

use super::control::Control;

/// Controls that are taken away from `default`, those that are put before the pages of 2020, and
/// figures that are not the shipped ones; nothing, unless somebody asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Changes {
    off: BTreeSet<Control>,
    on: BTreeSet<Control>,
    figures: Figures,
}

/// Figures that replace the shipped ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Figures {
    /// The caps by account and person: by day, by month.
    pub(crate) account_caps: Option<(Yen, Yen)>,
    /// Above what a payment needs the passkey.
    pub(crate) payment_proof_above: Option<Yen>,
    /// How long the recovery of a wallet waits, in seconds.
    pub(crate) recovery_wait_secs: Option<i64>,
    /// How long a higher cap waits.
    pub(crate) raise_wait_secs: Option<i64>,
    /// How long a payout to a new account waits.
    pub(crate) payout_wait_secs: Option<i64>,
}

impl Changes {
    /// The policy without these controls.
    pub(crate) fn without(controls: impl IntoIterator<Item = Control>) -> Self {
        Self { off: controls.into_iter().collect(), ..Self::default() }
    }

    /// The same, with `control` taken away or put there.
    pub(crate) fn switch(&mut self, control: Control, is_on: bool) {
        let (into, out_of) =
            if is_on { (&mut self.on, &mut self.off) } else { (&mut self.off, &mut self.on) };
        into.insert(control);
        out_of.remove(&control);
    }

    /// The figures, to be set.
    pub(crate) const fn figures_mut(&mut self) -> &mut Figures {
        &mut self.figures
    }

    /// Figures that replace the shipped ones.
    pub(crate) const fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Whether `control` is taken away.
    pub(crate) fn lacks(&self, control: Control) -> bool {
        self.off.contains(&control)
    }

    /// Whether `control` is put where the policy has none.
    pub(crate) fn adds(&self, control: Control) -> bool {
        self.on.contains(&control)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
