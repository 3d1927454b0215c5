//! A server of a few lines, for what the testbed would never do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// The answer to a start or a reconnect that offers a socket at `address`.
pub(crate) fn offer(address: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"conversationId":"c","token":"hush","expires_in":1800,"streamUrl":"{address}"}}"#
    );
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The answer to a handshake that opens the socket.
pub(crate) fn accept(request: &str) -> Vec<u8> {
    let key = header(request, "sec-websocket-key").as_bytes();
    let accept = tungstenite::handshake::derive_accept_key(key);
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// The value of a header in the head of a request.
pub(crate) fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let mut fields = request.lines().filter_map(|line| line.split_once(": "));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).expect("it is sent").1
}

/// A server that answers whatever comes, TLS for example, in HTTP without encryption; its place.
pub(crate) fn serve_plain() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("an address").to_string();
    // It ends with the test's process.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 1_024]);
                let _ = stream.write_all(b"HTTP/1.1 400 What?\r\n\r\n");
                // Waits until the client has gone, so that nothing of the answer is lost.
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    place
}

/// What is passed on when a client has closed its connection.
pub(crate) const HUNG_UP: &str = "hung up";

/// A server that answers every request with what `answer` makes of its head, and passes it on.
/// Nothing at all is an answer that never comes.
pub(crate) fn serve(
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    (base, serve_on(listener, Some, answer))
}

/// As [`serve`], over what `wrap` makes of each connection.
pub(crate) fn serve_on<S: Read + Write + Send + 'static>(
    listener: TcpListener,
    wrap: impl Fn(TcpStream) -> Option<S> + Send + 'static,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Receiver<String> {
    let (sender, requests) = channel();
    let answer = Arc::new(answer);
    // It ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().flatten().filter_map(wrap) {
            let (sender, answer) = (sender.clone(), answer.clone());
            thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                while let Some(request) = read_head(&mut reader) {
                    let reply = answer(&request);
                    if sender.send(request).is_err() || reader.get_mut().write_all(&reply).is_err()
                    {
                        return;
                    }
                }
                // The test may be over.
                let _ = sender.send(HUNG_UP.into());
            });
        }
    });
    requests
}

/// The head of a request; its body, if any, is passed over.
fn read_head(reader: &mut BufReader<impl Read>) -> Option<String> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            return Some(head);
        }
        head.push_str(&line);
    }
}
