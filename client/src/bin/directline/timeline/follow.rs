//! A page that follows a recording while it is written: served to this machine alone.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::json;

use super::{Source, page};
use crate::args;
use crate::problem::Problem;

/// What has come so far, each as one line for the page.
#[derive(Default)]
struct Heard {
    lines: Mutex<(Vec<String>, bool)>,
    news: Condvar,
}

/// Serves the page until the process is ended.
pub(super) fn serve(arguments: &args::Timeline, source: Source) -> Result<(), Problem> {
    let wrong = |error: io::Error| Problem::fatal(format!("port {}: {error}", arguments.port));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    let _ = writeln!(io::stdout(), "http://{address}/");
    let heard = Arc::new(Heard::default());
    let own = heard.clone();
    thread::spawn(move || own.listen(source));
    for stream in listener.incoming().flatten() {
        let (heard, host) = (heard.clone(), address.to_string());
        // A reader who has gone away does not want to know.
        thread::spawn(move || heard.answer(stream, &host));
    }
    Ok(())
}

impl Heard {
    fn lines(&self) -> MutexGuard<'_, (Vec<String>, bool)> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, mut source: Source) {
        let mut is_over = false;
        while !is_over {
            let line = match source.next() {
                Ok(Some(Some(mark))) => json!({ "mark": mark }),
                Ok(Some(None)) => continue,
                Ok(None) => json!({"over": true}),
                Err(damage) => json!({"over": true, "damage": damage.to_string()}),
            };
            is_over = line.get("over").is_some();
            let mut lines = self.lines();
            lines.0.push(line.to_string());
            lines.1 = is_over;
            self.news.notify_all();
        }
    }

    fn answer(&self, stream: TcpStream, host: &str) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut request, mut asked) = (String::new(), String::new());
        reader.read_line(&mut request)?;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':') {
                if name.eq_ignore_ascii_case("host") {
                    asked = value.trim().to_owned();
                }
            }
        }
        let mut stream = stream;
        // A page of somebody else's, whose name was made to lead here, gets nothing.
        let is_own = asked == host || asked == host.replace("127.0.0.1", "localhost");
        match request.split(' ').nth(1) {
            Some("/") if is_own => {
                let page = page(&[], None, true);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
                     Cache-Control: no-store\r\nConnection: close\r\n\r\n";
                stream.write_all(head.as_bytes())?;
                stream.write_all(page.as_bytes())
            }
            Some("/marks") if is_own => self.stream(stream),
            _ => stream.write_all(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ),
        }
    }

    /// Everything so far and everything to come, as events of the server.
    fn stream(&self, mut stream: TcpStream) -> io::Result<()> {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
             Connection: close\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        let mut sent = 0;
        loop {
            let (batch, is_over) = {
                let mut lines = self.lines();
                while lines.0.len() == sent {
                    lines = self.news.wait(lines).unwrap_or_else(PoisonError::into_inner);
                }
                (lines.0[sent..].to_vec(), lines.1)
            };
            sent += batch.len();
            let text: String = batch.iter().map(|line| format!("data: {line}\n\n")).collect();
            stream.write_all(text.as_bytes())?;
            stream.flush()?;
            if is_over {
                return Ok(());
            }
        }
    }
}
