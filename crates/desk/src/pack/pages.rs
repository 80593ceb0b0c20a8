//! The lines of a pack's pages, from the pack alone: Japanese first, English beside or below it.

use jiff::{Timestamp, civil::Date, tz};

use super::{
    AnswerFacts, CaseFacts, ClaimFacts, Direction, Happened, LinkFacts, Movement, Pack, Reader,
    SignalFacts, Told, words,
};

/// Everything, line by line. `digest` is the pack's, `key` the name of the key that signed it.
pub(super) fn lines(pack: &Pack, (digest, key): (&str, &str)) -> Vec<String> {
    let mut out = head(pack);
    out.extend(proof(pack, (digest, key)));
    out.extend(left_out(&pack.made_for));
    let mut part = |ja: &str, en: &str, lines: Vec<String>| {
        out.extend([String::new(), format!("■ {ja} / {en}")]);
        if lines.is_empty() {
            out.push("なし / none".to_owned());
        }
        out.extend(lines);
    };
    if let Some(claim) = &pack.claim {
        part("補償と返金の期限", "The refund and its days", owed(claim));
    }
    part("経過", "Timeline", pack.timeline.iter().flat_map(happened).collect());
    part("口座連携", "Links", pack.links.iter().flat_map(link).collect());
    // A bank's pack has nothing but debits; a wallet's has whatever moved.
    let is_bank = pack.movements.iter().all(|moved| moved.id.starts_with("dbt_"));
    let (ja, en) = if is_bank {
        ("引き落とし", "Debits")
    } else {
        ("お金の動き", "Movements of money")
    };
    part(ja, en, pack.movements.iter().flat_map(movement).collect());
    part(
        "画面に示した内容と、ご本人の回答",
        "What the screen showed, and what the person answered",
        pack.answers.iter().flat_map(answer).collect(),
    );
    let requests = pack.requests.iter().flat_map(|asked| {
        [
            format!("{}  {}", time(asked.at), name_of(pack, &asked.by)),
            format!("    番号 / no. {}", asked.about),
            format!("    SHA-256 {}", asked.sha256),
        ]
    });
    part(
        "会社からの署名付き依頼",
        "What the other company signed when it asked",
        requests.collect(),
    );
    if !pack.made_for.is_partner() {
        part(
            "ご本人に伝えたこと",
            "What the person was told",
            told_note(&pack.told).into_iter().chain(pack.told.iter().flat_map(told)).collect(),
        );
    }
    part(
        "会社どうしの知らせ",
        "What the two companies told each other",
        pack.signals.iter().flat_map(|one| signal(one, &name_of(pack, &one.partner))).collect(),
    );
    out
}

fn head(pack: &Pack) -> Vec<String> {
    let mut out = vec![
        "証拠の記録 / Evidence pack".to_owned(),
        String::new(),
        format!("作成者 / made by: {} ({})", pack.company.name, pack.company.issuer),
        format!("作成日時 / made at: {}", time(pack.made_at)),
        format!("提出先 / made for: {}", reader(pack)),
        format!("受付番号 / case: {}", number(pack)),
        format!("種類 / kind: {}", words::line("kind", &pack.case.kind)),
        format!("受付日時 / opened at: {}", time(pack.case.opened_at)),
    ];
    out.extend(pack.case.closed_at.map(|at| format!("終了日時 / closed at: {}", time(at))));
    out.push("時刻はすべて日本時間です。 / All times are Japan's (UTC+9).".to_owned());
    out
}

/// The number as people say it, then as programs have it.
fn number(pack: &Pack) -> String {
    let CaseFacts { number, said, .. } = &pack.case;
    said.as_ref().map_or_else(|| number.clone(), |said| format!("{said} ({number})"))
}

/// How whoever holds it finds out that it is ours and whole.
fn proof(pack: &Pack, (digest, key): (&str, &str)) -> Vec<String> {
    let keys = &pack.company.keys;
    [
        "",
        "■ 本物かどうかの確かめ方 / How to verify it",
        "原本は、このPDFに添付された evidence.json です。当社の鍵による署名（RS256）が入っています。",
        "The original is evidence.json, attached to this PDF. It is signed by our key (RS256).",
        &format!("署名した鍵 / signed by the key (RFC 7638): {key}"),
        &format!("内容の要約 / digest of the pack (SHA-256, RFC 8785): {digest}"),
        &format!("1. 当社の公開鍵を取ります。 / Get our public keys: {keys}"),
        "   上の鍵の名前が当社のものか、当社の公表した電話番号で確かめられます。",
        "   By the telephone number that we publish, ask whether the key of this name is ours.",
        "2. プログラムで確かめます。ネットワークはいりません。 / Verify, without a network:",
        "   kanuki evidence verify FILE --keys jwks.json",
        "   FILE は、このPDFか evidence.json です。1バイトでも変わっていれば、そう表示されます。",
        "   FILE is this PDF or evidence.json. One changed byte is found, on the pages too.",
        "3. このプログラムがなくても確かめられます。 / Without that program:",
        "   jq -cjS .pack evidence.json | openssl dgst -sha256   … 上の要約と同じ / the digest above",
        "   jq -r .signature evidence.json   … JWS (RFC 7515)。本文に同じ要約があり、",
        "   openssl dgst -sha256 -verify などで署名を確かめられます。",
        "   It is a JWS (RFC 7515) that holds the same digest, for any verifier of RS256.",
    ]
    .map(str::to_owned)
    .into()
}

/// What is not in it, so that nobody takes a gap for an answer. It is the same in every pack, and says
/// nothing of what there is or is not about this person.
fn left_out(reader: &Reader) -> Vec<String> {
    let mut out: Vec<String> = [
        "",
        "■ 入っていないもの / What is left out",
        "・ほかの方の情報（送金や支払いの相手、届け出た別の方など）。「●●●●」で伏せた所もそうです。",
        "  Other people: whom money was sent or paid to, who else reported; also what stands as ●●●●.",
        "・停止コード、確認コード、暗証番号。連絡先は一部を伏せています。",
        "  Stop codes, one-time codes and PINs. Contacts have their middle covered.",
        "・係員が書いた文と、当社の社内の検討や安全対策のしくみ。",
        "  What staff typed, and what is our own about security.",
    ]
    .map(str::to_owned)
    .into();
    if reader.is_partner() {
        out.push("・ご本人に示した画面と文面（要約の値だけが入っています）。".to_owned());
        out.push("  What the person saw and was told: only digests of it.".to_owned());
    }
    out
}

fn owed(claim: &ClaimFacts) -> Vec<String> {
    let yen = |amount: &Option<kanuki_domain::Yen>| amount.map(|amount| amount.to_string());
    let mut out = vec![
        format!("支払う会社 / paid by: {}", words::line("side", &claim.payer)),
        format!("金額 / amount: {}", claim.amount),
        format!("状態 / state: {}", words::line("claim", &claim.state)),
        format!("請求の受け付け / requested at: {}", time(claim.requested_at)),
        format!(
            "返金の期限 / due on: {}（{} から {} 営業日＋止めた {} 営業日 / {} business days + {} stopped）",
            day(claim.due_on),
            day(claim.counted_from),
            claim.refund_days,
            claim.stood_still_days,
            claim.refund_days,
            claim.stood_still_days,
        ),
    ];
    out.extend(claim.stood_still.iter().map(|one| {
        let until = one.until.map_or_else(|| "継続中 / still".to_owned(), time);
        let why = words::line("why", &one.reason);
        format!(
            "    止めた / stopped: {} － {until}、{} 営業日 / days: {why}",
            time(one.since),
            one.days
        )
    }));
    out.extend(
        claim
            .number
            .iter()
            .map(|id| format!("つないだ案件の番号 / under the joined case no. {id}")),
    );
    let late = if claim.is_late { "（期限を過ぎた / late）" } else { "" };
    let paid = claim.paid_at.map_or_else(|| "まだ / not yet".to_owned(), time);
    out.push(format!("被害者に支払われた日時 / the victim was paid at: {paid}{late}"));
    for one in &claim.payments {
        let at = one.paid_at.map_or_else(|| "まだ / not yet".to_owned(), time);
        out.push(format!("    {} → {}  {at}", one.amount, one.account));
        out.push(format!("    番号 / no. {}", one.movement));
    }
    if let Some(cause) = &claim.cause {
        out.push(format!("原因 / cause: {}", words::line("cause", cause)));
    }
    if let (Some(wallet), Some(bank), Some(split)) =
        (yen(&claim.wallet_bears), yen(&claim.bank_bears), &claim.split)
    {
        out.push(format!(
            "分担 / shares: ウォレットの会社 / wallet {wallet}、銀行 / bank {bank}（{split}）"
        ));
    }
    if let Some(at) = claim.booked_at {
        let company = words::line("side", &claim.company);
        out.push(format!("この会社の記帳 / booked by {company}: {}", time(at)));
    }
    if let Some(refused) = &claim.refused {
        let evidence = words::line("evidence", &refused.evidence);
        out.push(format!("補償しない証拠 / refused by: {evidence}（{}）", time(refused.at)));
        out.extend(refused.reference.iter().map(|id| format!("    番号 / no. {id}")));
    }
    out.push(format!("もとになる補償方針 / policy: {}", claim.policy));
    out
}

fn happened(one: &Happened) -> Vec<String> {
    let (ja, en) = words::sentence(&one.what, &one.with);
    vec![
        format!("{}  {ja}", time(one.at)),
        format!("    {en}"),
        format!("    番号 / no. {}", one.about),
    ]
}

fn link(link: &LinkFacts) -> Vec<String> {
    vec![
        format!("{} － {}", link.partner_name, link.account),
        format!("    番号 / no. {}", link.id),
        format!(
            "    署名 / signed: {}  本人確認 / proven by: {}",
            time(link.signed_at),
            words::line("route", &link.route)
        ),
        format!("    状態 / state: {}", words::line("link", &link.state)),
        format!("    条件 / terms: {}", terms(&link.terms)),
    ]
}

/// The caps and days of what was agreed; the rest of it is in the file.
fn terms(terms: &serde_json::Value) -> String {
    let Ok(read) = serde_json::from_value::<kanuki_domain::mandate::Terms>(terms.clone()) else {
        return "添付の evidence.json / in evidence.json".to_owned();
    };
    let until = day(in_japan(read.valid_to).date());
    let most: Vec<String> = read.periodic.iter().map(|cap| cap.amount.to_string()).collect();
    format!(
        "1回 / each {}、期間の上限 / in each period {}、{until} まで / until",
        read.max_individual,
        most.join(", ")
    )
}

fn movement(one: &Movement) -> Vec<String> {
    let ended = one.ended_at.map(time).unwrap_or_default();
    let back = if one.refunded.is_zero() {
        String::new()
    } else {
        format!("  戻した額 / given back {}", one.refunded)
    };
    let link = if one.link.is_empty() { String::new() } else { format!("  {}", one.link) };
    vec![
        format!("{}  {}{back}", time(one.at), one.amount),
        format!("    {} {ended}", words::line("state", &one.state)),
        format!("    番号 / no. {}{link}", one.id),
    ]
}

fn answer(answer: &AnswerFacts) -> Vec<String> {
    let holds =
        if answer.holds { "検証済み / proven again" } else { "検証できず / not proven" };
    let said = words::line("answer", &answer.answer);
    let mut lines = vec![
        format!("{}  {said}  {holds}", time(answer.at)),
        format!("    番号 / no. {}", answer.about),
        format!("    SHA-256 {}", answer.sha256),
    ];
    lines.extend(answer.shown.iter().map(|(name, value)| format!("    {name}: {value}")));
    lines
}

/// That words are not kept as they left, because codes stood in them.
fn told_note(told: &[Told]) -> Vec<String> {
    if told.is_empty() {
        return Vec::new();
    }
    [
        "文面は、コードを残さないため、保存した値から今の文例で組み直したものです。",
        "So that no code is kept, the words are put together again from the values that are.",
    ]
    .map(str::to_owned)
    .into()
}

fn told(one: &Told) -> Vec<String> {
    let way = one.channel.map(|channel| words::line("channel", &super::word(&channel)));
    let way = way.unwrap_or_else(|| "方法は残っていない / the way was not kept".to_owned());
    let to = one.to.as_deref().map(|to| format!(" → {to}")).unwrap_or_default();
    let second = if one.is_second_way {
        "（別の方法が届かず、切り替え / after another way had failed）"
    } else {
        ""
    };
    let mut out = vec![format!("{}  {way}{to}{second}", time(one.at))];
    if one.state == "not_kept" {
        out.push("    文面は残っていない / its words were not kept".to_owned());
        return out;
    }
    let when = one.handed_over_at.or(one.given_up_at).map(time).unwrap_or_default();
    let tries = one.tries;
    let state = words::line("told", &one.state);
    out.push(format!("    {state} {when}  試みた回数 / tries: {tries}"));
    if let Some(letter) = &one.letter {
        out.push(format!("    手紙 / letter: {}", words::line("letter", letter)));
    }
    match &one.words {
        Some(words) => {
            out.push(format!("    [{}] {}", words.lang, words.subject));
            let body = words.body.lines().filter(|line| !line.trim().is_empty());
            out.extend(body.map(|line| format!("    | {line}")));
        }
        None => out.push("    文面は残っていない / its words were not kept".to_owned()),
    }
    out
}

fn signal(one: &SignalFacts, partner: &str) -> Vec<String> {
    let way = match one.direction {
        Direction::Sent => "送った / sent to",
        Direction::Received => "受けた / received from",
    };
    let status = if one.status.is_empty() {
        String::new()
    } else {
        format!("：{}", words::line("status", &one.status))
    };
    let at = one.acknowledged_at.map(time).unwrap_or_default();
    let mut out = vec![
        format!("{}  {way} {partner}", time(one.at)),
        format!("    {}{status}", words::line("signal", &one.kind)),
        format!("    {} {at}", words::line("line", &one.line)),
        format!("    両社だけの呼び名 / subject: {}", one.subject),
    ];
    out.extend(one.about.iter().map(|about| format!("    番号 / no. {about}")));
    if !one.did.is_empty() {
        let did: Vec<String> = one.did.iter().map(|word| words::line("did", word)).collect();
        out.push(format!("    この会社がしたこと / done here: {}", did.join("、")));
    }
    out
}

/// A company as people call it; as the record does, where no link of this pack is with it.
fn name_of(pack: &Pack, partner: &str) -> String {
    let link = pack.links.iter().find(|link| link.partner == partner);
    link.map_or_else(|| partner.to_owned(), |link| link.partner_name.clone())
}

fn reader(pack: &Pack) -> String {
    match &pack.made_for {
        Reader::Person => "ご本人 / the person".to_owned(),
        Reader::Partner { id } => {
            format!("もう一方の会社 / the other company: {}", name_of(pack, id))
        }
        Reader::Police => "警察 / the police".to_owned(),
    }
}

fn in_japan(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(9)))
}

fn time(at: Timestamp) -> String {
    in_japan(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn day(day: Date) -> String {
    day.strftime("%Y-%m-%d").to_string()
}
