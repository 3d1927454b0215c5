//! A page that follows a recording while it is written.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use directline_record::{Marks, Reader};
use serde_json::{Value, json};

use super::program::Program;
use super::record::blinks;
use crate::talk::PATIENCE;

/// A recording, and what each of its lines is on a timeline.
fn recording() -> Vec<(String, Option<Value>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("blinks.jsonl");
    blinks(&path, 4);
    let text = fs::read_to_string(&path).expect("text");
    let (mut reader, mut marks) = (Reader::default(), Marks::default());
    let mark = |line: &str| {
        let entry = reader.read(line).expect("whole");
        marks.take(&entry).map(|mark| json!({ "mark": mark }))
    };
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let marks: Vec<_> = lines.iter().copied().map(mark).collect();
    lines.into_iter().map(str::to_owned).zip(marks).collect()
}

/// Where the page is, as the command says.
fn place(program: &mut Program) -> String {
    let url = program.line();
    let place = url.strip_prefix("http://").and_then(|url| url.strip_suffix('/'));
    place.unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// What is answered to a request for `path`, from its first line on.
fn ask(place: &str, path: &str, host: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(place).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("some time");
    let request = format!("GET {path} HTTP/1.1\r\naccept: */*\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is read");
    BufReader::new(stream)
}

/// The next events.
fn events(answer: &mut BufReader<TcpStream>, count: usize) -> Vec<Value> {
    let lines = answer.lines().map(|line| line.expect("in time"));
    let events = lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned));
    events.take(count).map(|event| event.parse().expect("JSON")).collect()
}

#[test]
fn a_page_follows_a_file_as_it_grows() {
    let lines = recording();
    let last = lines.iter().rposition(|(_, mark)| mark.is_some()).expect("marks");
    let marks = |lines: &[(String, Option<Value>)]| -> Vec<Value> {
        lines.iter().filter_map(|(_, mark)| mark.clone()).collect()
    };
    let text: String = lines[..=last].iter().map(|(line, _)| &**line).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("growing.jsonl");
    // Half a line is none yet.
    let (begin, rest) = text.split_at(text.len() - 5);
    fs::write(&path, begin).expect("a file");
    let arguments = ["timeline", path.to_str().expect("text"), "--follow"];
    let mut program = Program::run(&arguments, &[]);
    let place = place(&mut program);
    let mut early = ask(&place, "/marks", &place);
    assert_eq!(events(&mut early, marks(&lines[..last]).len()), marks(&lines[..last]));
    let mut file = OpenOptions::new().append(true).open(&path).expect("a file");
    file.write_all(rest.as_bytes()).expect("written");
    assert_eq!(events(&mut early, 1), marks(&lines[last..=last]));
    let all = marks(&lines[..=last]);
    assert_eq!(events(&mut ask(&place, "/marks", &place), all.len()), all, "who comes late");
}

#[test]
fn a_page_follows_stdin_to_its_end() {
    let lines = recording();
    let marks: Vec<_> = lines.iter().filter_map(|(_, mark)| mark.clone()).collect();
    for garbage in [None, Some("garbage")] {
        let mut program = Program::run(&["timeline", "-", "--follow"], &[]);
        let place = place(&mut program);
        let mut early = ask(&place, "/marks", &place);
        let words = lines.iter().map(|(line, _)| line.trim_end()).chain(garbage);
        words.for_each(|line| program.type_line(line));
        program.end_input();
        for answer in [&mut early, &mut ask(&place, "/marks", &place)] {
            let mut told = events(answer, usize::MAX);
            let end = told.pop().expect("an end");
            assert_eq!((told, &end["over"]), (marks.clone(), &json!(true)));
            let damage = end["damage"].as_str();
            let place = format!("line {}: ", lines.len() + 1);
            assert_eq!(damage.is_some_and(|why| why.starts_with(&place)), garbage.is_some());
        }
    }
}

#[test]
fn a_page_of_somebody_else_gets_nothing() {
    let mut program = Program::run(&["timeline", "-", "--follow"], &[]);
    let place = place(&mut program);
    let local = place.replace("127.0.0.1", "localhost");
    let answer = |path: &str, host: &str| {
        let mut text = String::new();
        ask(&place, path, host).read_to_string(&mut text).expect("text");
        text
    };
    for host in [&place, &local] {
        let page = answer("/", host);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("<html"), "{page}");
        assert!(answer("/nothing", host).starts_with("HTTP/1.1 404 "), "{host}");
    }
    for path in ["/", "/marks"] {
        assert!(answer(path, "rebound.example").starts_with("HTTP/1.1 404 "), "{path}");
    }
}
