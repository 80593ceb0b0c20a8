//! Asks each partner whether its line to us lives (SSF 1.0 section 8.1.4).

use bytes::Bytes;
use http::{Method, Request, header};
use kanuki_bank::{BankError, partner::Partner};
use kanuki_desk::signal::line::{self, Call, Told};
use kanuki_domain::Ctx;
use kanuki_site::signals;
use kanuki_wire::json;

use crate::BankState;

/// Look, make, ask: no question takes more requests.
const STEPS_MAX: usize = 4;

/// Asks whoever is due; how many were asked. Counts the lines that live and that do not.
pub(super) async fn ask(state: &BankState) -> Result<usize, BankError> {
    let book = &state.bank.book;
    let push_url = format!("{}/ssf/events", state.bank.config.issuer);
    let (mut asked, mut partners) = (0_usize, Vec::new());
    for partner in state.bank.partners().await? {
        // Each at its own moment: the one before may have been silent for long.
        let moment = state.site.world.moment("");
        let ctx = &moment.ctx();
        // One whose paths are its own cannot be asked.
        if state.bank.asking_at(ctx, &partner, "")?.is_none() {
            continue;
        }
        partners.push(partner.client_id.clone());
        let begun = line::begin(book, ctx, &partner.client_id).await?;
        let Some(mut asking) = begun else { continue };
        for _ in 0..STEPS_MAX {
            let told = send(state, ctx, &partner, &asking.call(&push_url)).await;
            if !asking.take(&told) {
                break;
            }
        }
        line::finish(book, ctx, &asking).await?;
        asked = asked.saturating_add(1);
    }
    let lines = line::all(book, &partners).await?;
    signals::count_lines(&state.site, lines.iter().map(line::LineWatch::lives));
    Ok(asked)
}

async fn send(state: &BankState, ctx: &Ctx<'_>, partner: &Partner, call: &Call) -> Told {
    let asking = state.bank.asking_at(ctx, partner, &call.path).ok()??;
    let (method, body) = match &call.body {
        Some(body) => (Method::POST, Bytes::from(body.to_string())),
        None => (Method::GET, Bytes::new()),
    };
    let request = Request::builder()
        .method(method)
        .uri(&asking.url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", asking.assertion))
        .body(body)
        .ok()?;
    let answer = state.site.world.transport.call(request).await;
    let answer = answer.inspect_err(|error| tracing::info!(%error, "a line was not asked")).ok()?;
    Some((answer.status().as_u16(), json::read(answer.body()).unwrap_or_default()))
}
