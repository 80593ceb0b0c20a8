//! Own-name accounts only: the wallet's verified facts against the bank's own, field by field,
//! after the holder has signed in.
//!
//! The answer is match or no match, in the same words and the same time: every field is compared
//! whatever the others say. What each field said, and which rule made it count, is kept sealed
//! beside the request and the mandate, for staff who work a case. The policy is one table:
//! `kanuki_domain::person`.

use jiff::Timestamp;
use kanuki_desk::screening::Occasion;
use kanuki_domain::{
    Ctx,
    id::{HolderId, MandateId, ParId},
    person::{Comparison, Facts, Field, MATCH_POLICY, same_person_by},
};
use kanuki_formats::{address, name, phone};
use kanuki_record::{
    AuditEntry, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_risk::{Key, Kind};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError, CoreCustomer,
    attempt::Failure,
    holder::{Known, load},
    link::Pushed,
};

const FIELDS: &str = "field_match|fields";

/// How each field compared.
#[must_use]
pub fn compare(facts: &Facts, core: &CoreCustomer) -> Vec<(Field, Comparison)> {
    let with = |value: &Option<kanuki_domain::Masked<String>>, f: &dyn Fn(&str) -> Comparison| {
        value.as_ref().map_or_else(Comparison::missing, |v| f(v.expose()))
    };
    let born_on = match &core.born_on {
        None => Comparison::missing(),
        Some(date) if date.expose() == facts.born_on.expose() => Comparison::by([]),
        Some(_) => Comparison::different(),
    };
    let by_kana = name::compare_kana(facts.declared_kana.expose(), core.kana.expose());
    vec![
        (Field::Name, with(&core.name, &|v| name::compare_card_name(facts.name.expose(), v))),
        (Field::Kana, by_kana),
        (Field::BornOn, born_on),
        (
            Field::Address,
            with(&core.address, &|v| address::compare_address(facts.address.expose(), v)),
        ),
        (Field::Phone, with(&core.phone, &|v| phone::compare_phone(facts.phone.expose(), v))),
    ]
}

/// True when a card's name, birth date and address are those of the bank's customer.
///
/// A link needs a wallet's word and the holder's passkey beside the facts, so one way of its policy
/// does without an address. A card alone makes the passkey: a name twin has a card of his own, and
/// where the bank holds no address nothing tells him from the holder.
#[must_use]
pub(crate) fn is_cardholder(facts: &Facts, core: &CoreCustomer) -> bool {
    let fields = compare(facts, core);
    let meets = |wanted: Field, is_met: fn(&Comparison) -> bool| {
        fields.iter().any(|(field, compared)| *field == wanted && is_met(compared))
    };
    meets(Field::Name, Comparison::is_sure)
        && meets(Field::BornOn, Comparison::is_sure)
        && meets(Field::Address, Comparison::is_match)
}

/// One comparison, kept as evidence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldMatch {
    /// Which request it was made for.
    pub par_id: ParId,
    /// Whose customer was compared.
    pub client_id: String,
    /// With which holder.
    pub holder_id: HolderId,
    /// The mandate that came of it.
    pub mandate_id: Option<MandateId>,
    /// The way of the policy that was met; none when they are different people.
    pub way: Option<String>,
    /// Which version of the policy.
    pub policy: String,
    /// When the customer agreed that their facts be sent.
    pub consented_at: Option<Timestamp>,
    /// When they were compared last.
    pub compared_at: Timestamp,
    sealed: Sealed,
}

record! { FieldMatch => "field_match" by |m| m.par_id.to_string();
    many holder_id = |m| Some(m.holder_id.to_string());
}

impl Bank {
    /// Refuses, after the holder has signed in, when the wallet's customer is somebody else.
    pub(super) async fn require_match(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Stored<Pushed>,
        known: &Known,
    ) -> Result<(), BankError> {
        self.screen(ctx, known, Occasion::Link).await?;
        if !self.rules.must_match() {
            return Ok(());
        }
        let keys = vec![
            Key::Person(known.holder.holder_id.to_string()),
            Key::Device(pushed.browser.clone().unwrap_or_default()),
        ];
        self.require_few(ctx, Kind::LinkMismatch, keys.clone()).await?;
        self.require_partner_calm(ctx, &pushed.client_id).await?;
        let facts = self.facts_of(pushed).await?;
        let fields = compare(&facts, &known.core);
        let way = same_person_by(&fields);
        self.keep_match(ctx, (pushed, known), &fields, way).await?;
        if way.is_some() {
            return Ok(());
        }
        let keys = [keys, vec![Key::Partner(pushed.client_id.clone())]].concat();
        self.failed(ctx, Failure::new(Kind::LinkMismatch, keys)).await?;
        Err(BankError::NotTheSamePerson)
    }

    /// What the wallet says of its customer; gone with the request.
    pub(super) async fn facts_of(&self, pushed: &Pushed) -> Result<Facts, BankError> {
        let key = load::<PersonKey>(&self.book, pushed.par_id).await?;
        Ok(self.vault.open(&key, "par|facts", &pushed.facts)?)
    }

    /// Both verdicts are kept in the same way, and cost the same.
    async fn keep_match(
        &self,
        ctx: &Ctx<'_>,
        (pushed, known): (&Stored<Pushed>, &Known),
        fields: &[(Field, Comparison)],
        way: Option<&'static str>,
    ) -> Result<(), BankError> {
        let fresh = FieldMatch {
            par_id: pushed.par_id,
            client_id: pushed.client_id.clone(),
            holder_id: known.holder.holder_id,
            mandate_id: None,
            way: way.map(str::to_owned),
            policy: MATCH_POLICY.to_owned(),
            consented_at: pushed.consented_at,
            compared_at: ctx.now,
            sealed: self.vault.seal(ctx, &known.key, FIELDS, &fields)?,
        };
        let mut unit = Unit::new();
        match self.book.find::<FieldMatch>(pushed.par_id).await? {
            Some(mut kept) => {
                *kept.edit() = fresh;
                unit.update(&kept);
            }
            None => {
                unit.insert(&fresh);
            }
        }
        let act = if way.is_some() { "link.match" } else { "link.no_match" };
        unit.audit(
            AuditEntry::new(ctx.now, known.holder.holder_id, act, pushed.par_id)
                .with("partner", &pushed.client_id)
                .with("policy", MATCH_POLICY),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to a grant's `unit` which mandate came of the comparison, and refuses a grant for
    /// another person than the one who was compared.
    pub(super) async fn pass_match(
        &self,
        unit: &mut Unit,
        (par_id, holder_id): (ParId, HolderId),
        mandate_id: MandateId,
    ) -> Result<(), BankError> {
        if !self.rules.must_match() {
            return Ok(());
        }
        let mut kept = load::<FieldMatch>(&self.book, par_id).await?;
        if kept.holder_id != holder_id || kept.way.is_none() {
            return Err(BankError::NotTheSamePerson);
        }
        kept.edit().mandate_id = Some(mandate_id);
        unit.update(&kept);
        Ok(())
    }

    /// What was compared about a holder, newest first, for staff with a case: looking is audited.
    pub async fn field_matches(
        &self,
        ctx: &Ctx<'_>,
        (by, case_id): (kanuki_domain::id::StaffId, kanuki_domain::id::CaseId),
        holder_id: HolderId,
    ) -> Result<Vec<(FieldMatch, Vec<(Field, Comparison)>)>, BankError> {
        let rows = self.book.list::<FieldMatch>("holder_id", &holder_id.to_string()).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = load::<PersonKey>(&self.book, holder_id).await?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(ctx.now, by, "field_match.read", holder_id).with("case", case_id),
        );
        self.book.commit(unit).await?;
        let open = |row: Stored<FieldMatch>| {
            let fields = self.vault.open(&key, FIELDS, &row.sealed)?;
            Ok((row.into_inner(), fields))
        };
        rows.into_iter().map(open).collect()
    }
}
