use jiff::civil::date;

use super::*;

/// Nobody: made for this test.
const LIST: &str = "\u{FEFF}KANUKI-SCREENING,1,Made list,made for a test,2026-11-20\r
id,kind,name,born,note\r
A-1,person,\"EXAMPLE, Mohammed Hassan\",1960-01-12,\"Order 1, made\"\r
A-1,person,モハメド エグザンプル,1961,\r
A-2,person,髙橋 例太郎,,made\r
A-2,person,TAKAHASHI Reitaro,1975-05-01,\r
A-3,entity,TAKAHASHI HANAKO,,a company named like a person\r
";

fn who(names: &[(Ours, &str)], born_on: Option<Date>) -> Who {
    let names = names.iter().map(|(which, name)| (*which, (*name).to_owned())).collect();
    Who { names, born_on }
}

fn found(names: &[(Ours, &str)], born_on: Option<Date>) -> Vec<Match> {
    Screener::new(List::read(LIST.as_bytes()).unwrap().entries).find(&who(names, born_on))
}

#[test]
fn a_list_is_read_whole_with_its_source_and_day() {
    let list = List::read(LIST.as_bytes()).unwrap();

    assert_eq!((list.name.as_str(), list.dated), ("Made list", date(2026, 11, 20)));
    assert_eq!(list.entries.len(), 3);
    assert_eq!(list.entries[0].names.len(), 2);
    assert_eq!(list.entries[0].born, [Born::On(date(1960, 1, 12)), Born::In(1961)]);
    assert_eq!(list.entries[0].note, "Order 1, made");
}

#[test]
fn a_file_with_one_bad_line_is_refused_whole_and_says_where() {
    let table: [(&str, &str, u32, ListFault); 10] = [
        ("KANUKI-SCREENING,1", "KANUKI-SCREENING,2", 1, ListFault::Mark),
        ("2026-11-20", "yesterday", 1, ListFault::Mark),
        ("id,kind", "kind,id", 2, ListFault::Headings),
        ("A-3,entity", "A-3,ship", 7, ListFault::Kind),
        ("A-3,entity", "A-2,entity", 7, ListFault::Kind),
        ("1975-05-01", "1975-05-32", 6, ListFault::Born),
        ("A-3,", ",", 7, ListFault::Empty),
        ("TAKAHASHI HANAKO", "", 7, ListFault::Empty),
        (",a company", ",,a company", 7, ListFault::Cells),
        ("A-3,entity,", "A-3,entity,\"", 7, ListFault::TooLong),
    ];
    for (from, to, line, fault) in table {
        let text = LIST.replacen(from, to, 1);
        assert_ne!(text, LIST, "{from}");
        assert_eq!(List::read(text.as_bytes()), Err(ListError { line, fault }), "{from} -> {to}");
    }
    let sjis = List::read(b"\x8D\x82\x8B\xB4");
    assert_eq!(sjis, Err(ListError { line: 1, fault: ListFault::Encoding }));
}

#[test]
fn a_person_is_found_in_every_script_and_the_work_is_shown() {
    let hits = found(&[(Ours::Card, "高橋例太郎")], None);
    assert_eq!(hits.len(), 1);
    let hit = &hits[0];
    assert_eq!((hit.entry.id.as_str(), hit.rule, hit.score), ("A-2", Rule::Written, 1000));
    assert_eq!((hit.their_name.as_str(), hit.threshold), ("髙橋 例太郎", THRESHOLD));

    // The kana that she declared against the list's Latin letters.
    let hits = found(&[(Ours::DeclaredKana, "ﾀｶﾊｼ ﾚｲﾀﾛｳ")], Some(date(1975, 5, 1)));
    assert_eq!((hits[0].rule, hits[0].ours), (Rule::Read, Ours::DeclaredKana));
    assert_eq!((hits[0].name_score, hits[0].birth), (1000, Birth::Same));
    let words: Vec<_> = hits[0].tokens.iter().map(|t| (t.theirs.as_str(), t.how)).collect();
    assert_eq!(words, [("takahashi", How::Same), ("reitaro", How::Same)]);

    // A residence card in Latin letters, spelled in another way and without the second name.
    let hits = found(&[(Ours::Card, "MUHAMMAD EXAMPEL")], None);
    assert_eq!((hits[0].entry.id.as_str(), hits[0].rule), ("A-1", Rule::Words));
    let hows: Vec<_> = hits[0].tokens.iter().map(|token| token.how).collect();
    assert_eq!(hows, [How::Letters, How::Letters, How::Absent]);
    assert!(hits[0].score < 1000 && hits[0].score >= THRESHOLD, "{}", hits[0].score);
}

#[test]
fn a_birth_date_far_from_the_lists_keeps_a_likeness_from_counting() {
    let name = [(Ours::Card, "MUHAMMAD EXAMPEL")];

    assert_eq!(found(&name, Some(date(1990, 3, 3))), []);
    assert_eq!(found(&name, Some(date(1960, 1, 12)))[0].birth, Birth::Same);
    assert_eq!(found(&name, Some(date(1961, 9, 9)))[0].birth, Birth::SameYear);
    assert_eq!(found(&name, Some(date(1959, 9, 9)))[0].birth, Birth::Near);
    // The very same name counts whatever the list thinks of the birthday.
    assert_eq!(found(&[(Ours::Card, "高橋例太郎")], Some(date(1990, 3, 3)))[0].score, 850);
}

#[test]
fn a_name_that_many_share_holds_nobody_of_another_time() {
    let list = "KANUKI-SCREENING,1,Made list,made for a test,2026-11-20
id,kind,name,born,note
A-1,person,SATO HIROSHI,1950,
A-2,person,REI KYOTARO,1950-03-03,
A-2,person,例 京太郎,,
A-3,person,REI KANAKO,,
";
    let screener = Screener::new(List::read(list.as_bytes()).unwrap().entries);
    let table = [
        ("ｻﾄｳ ﾋﾛｼ", date(1950, 1, 1), true),
        ("ｻﾄｳ ﾋﾛｼ", date(1951, 1, 1), true),
        ("ｻﾄｳ ﾋﾛｼ", date(1960, 12, 31), true),
        ("ｻﾄｳ ﾋﾛｼ", date(1961, 1, 1), false),
        ("SATO HIROSHI", date(1985, 1, 1), false),
        ("レイ キョウタロウ", date(1951, 12, 31), true),
        ("レイ キョウタロウ", date(1952, 1, 1), false),
        // Written alike it counts, and so does a name of which the list has no birth date.
        ("例京太郎", date(1985, 1, 1), true),
        ("レイ カナコ", date(1985, 1, 1), true),
    ];
    for (name, born_on, is_found) in table {
        let found = screener.find(&who(&[(Ours::BankKana, name)], Some(born_on)));
        assert_eq!(found.len(), usize::from(is_found), "{name} {born_on}");
    }
}

#[test]
fn ordinary_people_are_not_held() {
    let table = [
        (Ours::Card, "高橋 花子"),
        (Ours::Card, "高橋 例次郎"),
        (Ours::Card, "TAKAHASHI HANAKO"),
        (Ours::DeclaredKana, "タカハシ レイコ"),
        (Ours::DeclaredKana, "タカハシ"),
        (Ours::Card, "MOHAMMED"),
        (Ours::Card, "HASSAN ALI"),
        (Ours::Card, ""),
        (Ours::Card, "・・・"),
    ];
    for name in table {
        assert_eq!(found(&[name], None), [], "{name:?}");
    }
}
