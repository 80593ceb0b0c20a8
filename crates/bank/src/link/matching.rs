//! Own-name accounts only: the wallet's verified facts against the bank's own, field by field,
//! after the holder has signed in. The answer is yes or no; which field failed stays here.

use kanuki_domain::person::{Compared, Facts, Field, is_same_person};
use kanuki_formats::{address, name, phone};

use crate::CoreCustomer;

/// How each field compared.
#[must_use]
pub fn compare(facts: &Facts, core: &CoreCustomer) -> Vec<(Field, Compared)> {
    let missing = Compared::Missing;
    let with = |value: &Option<kanuki_domain::Masked<String>>, f: &dyn Fn(&str) -> Compared| {
        value.as_ref().map_or(missing, |v| f(v.expose()))
    };
    let born_on = core.born_on.as_ref().map_or(missing, |date| {
        if date.expose() == facts.born_on.expose() { Compared::Same } else { Compared::Different }
    });
    let by_kana = name::compare_kana(facts.declared_kana.expose(), core.kana.expose());
    vec![
        (Field::Name, with(&core.name, &|v| name::compare_name(facts.name.expose(), v))),
        (Field::Kana, by_kana),
        (Field::BornOn, born_on),
        (
            Field::Address,
            with(&core.address, &|v| address::compare_address(facts.address.expose(), v)),
        ),
        (Field::Phone, with(&core.phone, &|v| phone::compare_phone(facts.phone.expose(), v))),
    ]
}

/// True when the wallet's customer is the bank's.
#[must_use]
pub fn is_match(facts: &Facts, core: &CoreCustomer) -> bool {
    is_same_person(&compare(facts, core))
}
