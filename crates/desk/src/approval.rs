//! Acts that release money or loosen a rule: one member of staff asks, another agrees.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::record;
use serde::{Deserialize, Serialize};

use crate::DeskError;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody has agreed yet.
    Waiting,
    /// A second person agreed, and it was done.
    Approved {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// Somebody declined it.
    Declined {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

/// A request that waits for a second person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// Its name.
    pub approval_id: ApprovalId,
    /// The act: a word of the company that keeps it, such as `wallet.release`.
    pub act: String,
    /// What it is to be done to: an id.
    pub subject: String,
    /// Why, in the asker's words.
    pub reason: String,
    /// Who asked.
    pub asked_by: StaffId,
    /// When.
    pub asked_at: Timestamp,
    /// Not before this instant, whoever agrees.
    pub not_before: Timestamp,
    /// What became of it.
    pub state: ApprovalState,
    /// The closing of a gate that it asks to end; a later closing is none of its business.
    #[serde(default)]
    pub generation: Option<u32>,
}

record! { Approval => "approval" by |a| a.approval_id.to_string();
    many state = |a| Some(match a.state {
        ApprovalState::Waiting => "waiting",
        ApprovalState::Approved { .. } | ApprovalState::Declined { .. } => "decided",
    }.to_owned());
    unique waiting_for = |a| matches!(a.state, ApprovalState::Waiting)
        .then(|| format!("{}|{}", a.act, a.subject));
}

impl Approval {
    /// Asks for `act` on `subject`.
    pub fn ask(
        ctx: &Ctx<'_>,
        by: StaffId,
        act: &str,
        subject: impl ToString,
        reason: &str,
    ) -> Self {
        Self {
            approval_id: ApprovalId::generate(ctx),
            act: act.to_owned(),
            subject: subject.to_string(),
            reason: reason.to_owned(),
            asked_by: by,
            asked_at: ctx.now,
            not_before: ctx.now,
            state: ApprovalState::Waiting,
            generation: None,
        }
    }

    /// The same, to end the closing `generation` of a gate and no later one.
    #[must_use]
    pub fn ending(self, generation: Option<u32>) -> Self {
        Self { generation, ..self }
    }

    /// A second person agrees.
    pub fn approve(&mut self, by: StaffId, now: Timestamp) -> Result<(), DeskError> {
        self.require_waiting()?;
        if by == self.asked_by {
            return Err(DeskError::SamePerson);
        }
        if now < self.not_before {
            return Err(DeskError::TooEarly);
        }
        self.state = ApprovalState::Approved { by, at: now };
        Ok(())
    }

    /// Anyone declines, the asker too; nobody in a matter of their own, which they could then hold up
    /// for ever.
    pub fn decline(&mut self, by: StaffId, now: Timestamp) -> Result<(), DeskError> {
        self.require_waiting()?;
        if self.subject == by.to_string() {
            return Err(DeskError::SamePerson);
        }
        self.state = ApprovalState::Declined { by, at: now };
        Ok(())
    }

    fn require_waiting(&self) -> Result<(), DeskError> {
        if self.state == ApprovalState::Waiting { Ok(()) } else { Err(DeskError::Decided) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zero;
    impl kanuki_domain::Entropy for Zero {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn two_people_are_two_people() {
        let ctx =
            Ctx { now: Timestamp::UNIX_EPOCH, entropy: &Zero, address_block: "", address: "" };
        let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
        let mut approval = Approval::ask(&ctx, aoki, "wallet.release", "wal_x", "checked by phone");

        assert!(matches!(approval.approve(aoki, ctx.now), Err(DeskError::SamePerson)));
        assert!(approval.approve(baba, ctx.now).is_ok());
        assert!(matches!(approval.approve(baba, ctx.now), Err(DeskError::Decided)));
    }
}
