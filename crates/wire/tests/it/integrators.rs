//! The example that integrators copy is one that we take.

use kanuki_domain::mandate::{Alignment, Period};
use kanuki_wire::mandate::Request;

const PAGE: &str = include_str!("../../../../docs/integrators.md");

#[test]
fn the_mandate_in_the_integrators_page_is_a_good_request() {
    let (_, from) = PAGE.split_once("```json\n[{\"type\": \"urn:kanuki:mandate:1\"").unwrap();
    let (example, _) = from.split_once("```").unwrap();

    let request =
        Request::parse(&format!("[{{\"type\": \"urn:kanuki:mandate:1\"{example}")).unwrap();

    let month = request.terms.periodic.iter().find(|cap| cap.period == Period::Month).unwrap();
    assert!(matches!(month.alignment, Alignment::Calendar(_)));
    assert!(month.max_debits.is_some() && request.terms.max_debits.is_some());
    for period in Period::ALL {
        assert!(PAGE.contains(&format!("`{}`", period.name())), "{period:?} is named");
    }
}
