//! The page of `kanuki watch --page`, asked by a browser that sends more than anybody's statements.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
};

use crate::running::KANUKI;

struct Page {
    child: Child,
    port: u16,
}

impl Page {
    fn open() -> Self {
        let mut child = Command::new(KANUKI)
            .args(["watch", "--page", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.next().unwrap().unwrap();
        let port = said.rsplit_once("localhost:").unwrap().1;
        let port = port.chars().take_while(char::is_ascii_digit).collect::<String>();
        Self { child, port: port.parse().unwrap() }
    }

    /// Sends a form in one piece after the other: what is answered.
    fn send(&self, pieces: &[&[u8]]) -> String {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\
             content-type: multipart/form-data; boundary=B\r\n\r\n"
        )
        .unwrap();
        for piece in pieces {
            stream.write_all(piece).unwrap();
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The most memory that it ever took, in kB.
    fn peak(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn file(name: &str) -> String {
    format!(
        "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: text/csv\r\n\r\n"
    )
}

fn field(name: &str, value: &str) -> String {
    format!("\r\n--B\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}")
}

const LINES: &str = "R8.7.25,年金,,300000,400000\nR8.8.31,ドコモコウザ,100000,,300000";

#[test]
fn a_file_that_is_too_big_is_read_past_and_nothing_that_was_typed_is_lost() {
    let page = Page::open();
    let (small, big) = (file("a.csv"), format!("\r\n{}", file("b.csv")));
    let (typed, end) = (field("typed", LINES), "\r\n--B--\r\n");
    let name = format!("{}\r\n", field("name", "母のゆうちょ"));
    let line = b"20260725,1,300000,,x,y,400000\n".repeat(1 << 15);
    let mut pieces = vec![name.as_bytes(), small.as_bytes(), b"x", big.as_bytes()];
    pieces.extend(std::iter::repeat_n(line.as_slice(), 300));
    pieces.extend([typed.as_bytes(), end.as_bytes()]);
    let answer = page.send(&pieces);

    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    for said in ["合わせて64MBまで", "何も調べていません", "母のゆうちょ", "R8.8.31,ドコモコウザ"]
    {
        assert!(answer.contains(said), "{said}: {answer}");
    }
    assert!(page.peak() < 200_000, "{} kB for 280 MB", page.peak());

    // The same page goes on; and so does a form with little in it.
    let answer = page.send(&[name.as_bytes(), typed.as_bytes(), end.as_bytes()]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("ドコモ口座への引き落とし"), "{answer}");
}

#[test]
fn more_than_anybody_types_is_refused_as_too_much() {
    let page = Page::open();
    let typed = field("typed", &LINES.repeat(100_000));
    let answer = page.send(&[typed.as_bytes(), b"\r\n--B--\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{}", answer.len());
}

/// A spreadsheet parts what is copied out of it by tabs.
#[test]
fn lines_that_were_pasted_from_a_spreadsheet_are_read() {
    let page = Page::open();
    let pasted = "R8.7.25\t年金\t\t300,000\t400,000\nR8.8.31\tドコモコウザ\t100,000\t\t300,000";
    let answer = page.send(&[field("typed", pasted).as_bytes(), b"\r\n--B--\r\n"]);

    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("ドコモ口座"), "{answer}");
}

#[test]
fn a_form_of_another_site_is_refused() {
    let page = Page::open();
    let sent = |origin: &str| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, page.port)).unwrap();
        let body = format!("{}\r\n--B--\r\n", field("typed", LINES));
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: localhost:{}\r\norigin: {origin}\r\nconnection: close\r\n\
             content-length: {}\r\ncontent-type: multipart/form-data; boundary=B\r\n\r\n{body}",
            page.port,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    };

    assert!(sent(&format!("http://localhost:{}", page.port)).contains(" 200 "));
    for origin in ["http://evil.test", "null"] {
        assert!(sent(origin).contains(" 403 "), "{origin}");
    }
}
