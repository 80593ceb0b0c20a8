//! A pack for eyes and paper.
//!
//! The letters are not embedded: the file names a Japanese standard font and the character map that
//! every reader of PDF knows (`UniJIS-UTF16-H`, Adobe-Japan1), and the reader's machine draws them. A
//! font of our own would be several megabytes of foreign data in every company's program, for a page
//! that is read where Japanese can be read. What counts is the file inside and its signature.
//!
//! The pages follow from the pack and nothing else: no clock, no compression, no chance.

use pdf_writer::{
    Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo},
};

use super::{Pack, pages};

/// How many half-width letters of nine points fit on one line of 499.
const COLUMNS: usize = 108;
/// How many lines stand on one page above its foot.
const LINES: usize = 53;

const FONT: Name<'static> = Name(b"F1");
/// A standard Japanese Gothic of PDF readers.
const BASE_FONT: Name<'static> = Name(b"HeiseiKakuGo-W5");
const ENCODING: Name<'static> = Name(b"UniJIS-UTF16-H");

/// The name of the file inside.
const ATTACHED: &str = "evidence.json";

/// The pages of `pack` with `file`, the signed JSON, inside. The pack's digest and the name of the key
/// that signed it stand on the first page.
#[must_use]
pub fn render(pack: &Pack, (digest, key): (&str, &str), file: &[u8]) -> Vec<u8> {
    let lines = pages::lines(pack, (digest, key));
    let lines: Vec<String> = lines.iter().flat_map(|line| wrapped(line)).collect();
    let pages: Vec<&[String]> = lines.chunks(LINES).collect();
    let mut pdf = Pdf::new();
    let mut next = 1;
    let mut fresh = || {
        let id = Ref::new(next);
        next = next.saturating_add(1);
        id
    };
    let (catalog, leaves, font, shape, descriptor, note_id, inside) =
        (fresh(), fresh(), fresh(), fresh(), fresh(), fresh(), fresh());
    let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (fresh(), fresh())).collect();

    let mut root = pdf.catalog(catalog);
    root.pages(leaves);
    root.names().embedded_files().names().insert(Str(ATTACHED.as_bytes()), note_id);
    root.finish();
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(leaves).kids(ids.iter().map(|(page, _)| *page)).count(count);
    for (number, (lines, (page, content))) in pages.iter().zip(&ids).enumerate() {
        let mut leaf = pdf.page(*page);
        leaf.parent(leaves).media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).contents(*content);
        leaf.resources().fonts().pair(FONT, font);
        leaf.finish();
        let number = number.saturating_add(1);
        let below = format!("{}  {number}/{}  SHA-256 {digest}", pack.case.number, pages.len());
        pdf.stream(*content, &drawn(lines, &below).finish());
    }
    letters(&mut pdf, (font, shape, descriptor));
    let mut note = pdf.file_spec(note_id);
    note.path(Str(ATTACHED.as_bytes()));
    note.unic_file(TextStr(ATTACHED));
    note.insert(Name(b"EF")).dict().pair(Name(b"F"), inside);
    note.finish();
    pdf.embedded_file(inside, file).subtype(Name(b"application/json"));
    pdf.finish()
}

/// The file inside a PDF of ours. It has no line breaks, so its end cannot be taken for another.
#[must_use]
pub fn attached(pdf: &[u8]) -> Option<&[u8]> {
    let after = |text: &[u8], mark: &[u8]| {
        let at = text.windows(mark.len()).position(|part| part == mark)?;
        at.checked_add(mark.len())
    };
    let rest = pdf.get(after(pdf, b"/Type /EmbeddedFile")?..)?;
    let rest = rest.get(after(rest, b"stream\n")?..)?;
    let end = after(rest, b"\nendstream")?.checked_sub(b"\nendstream".len())?;
    rest.get(..end)
}

/// One page.
fn drawn(lines: &[String], below: &str) -> Content {
    let mut content = Content::new();
    content.begin_text();
    content.set_font(FONT, 9.0);
    content.next_line(48.0, 794.0);
    for line in lines {
        content.show(Str(&utf16(line)));
        content.next_line(0.0, -13.5);
    }
    content.end_text();
    content.begin_text();
    content.set_font(FONT, 7.0);
    content.next_line(48.0, 24.0);
    content.show(Str(&utf16(below)));
    content.end_text();
    content
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn letters(pdf: &mut Pdf, (font, cid, descriptor): (Ref, Ref, Ref)) {
    pdf.type0_font(font).base_font(BASE_FONT).encoding_predefined(ENCODING).descendant_font(cid);
    let mut shape = pdf.cid_font(cid);
    shape.subtype(CidFontType::Type0).base_font(BASE_FONT);
    shape.system_info(SystemInfo {
        registry: Str(b"Adobe"),
        ordering: Str(b"Japan1"),
        supplement: 6,
    });
    shape.font_descriptor(descriptor).default_width(1_000.0);
    // What is one letter wide where Japanese is two: Latin, and half-width kana.
    shape.widths().same(1, 230, 500.0).same(231, 632, 500.0);
    shape.finish();
    pdf.font_descriptor(descriptor)
        .name(BASE_FONT)
        .flags(FontFlags::SYMBOLIC | FontFlags::FIXED_PITCH)
        .bbox(Rect::new(-92.0, -250.0, 1_010.0, 922.0))
        .italic_angle(0.0)
        .ascent(752.0)
        .descent(-221.0)
        .cap_height(737.0)
        .stem_v(114.0);
}

/// A line as long as the page is wide; the rest goes below, a little to the right.
fn wrapped(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let (mut text, mut used) = (String::new(), 0_usize);
    for letter in line.chars().map(plain) {
        let wide =
            if letter.is_ascii() || matches!(letter, '\u{FF61}'..='\u{FF9F}') { 1 } else { 2 };
        if used.saturating_add(wide) > COLUMNS {
            all.push(std::mem::replace(&mut text, "    ".to_owned()));
            used = 4;
        }
        text.push(letter);
        used = used.saturating_add(wide);
    }
    all.push(text);
    all
}

/// A letter as it is drawn: the narrow yen sign is a backslash in many a Japanese font, and a control
/// draws nothing.
fn plain(letter: char) -> char {
    match letter {
        '¥' => '￥',
        _ if letter.is_control() => ' ',
        _ => letter,
    }
}
