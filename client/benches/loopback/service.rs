//! SERVICE: as little of Direct Line as a client needs to get at a socket, and then one flow of
//! frames as fast as the socket takes it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use crate::corpus::Flow;
use crate::usage::{between, of_thread};

/// How the frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    /// As many at once as there are: what a client meets that has fallen behind.
    Burst,
    /// Each by a call of its own: what a service does that tells news as it comes.
    Each,
}

/// A service, mostly for one client.
pub(crate) struct Service {
    pub(crate) address: String,
    /// The flow begins when the client has come here too.
    start: Arc<Barrier>,
    spent: Receiver<Option<Duration>>,
}

impl Service {
    pub(crate) fn start(flow: Arc<Flow>, writes: Writes) -> io::Result<Service> {
        Service::begin(flow, writes, 2)
    }

    /// For any number of clients, none of which ever hears anything.
    pub(crate) fn silent() -> io::Result<Service> {
        let nothing = Flow { bytes: Vec::new(), ends: Vec::new(), activities: 0 };
        Service::begin(Arc::new(nothing), Writes::Burst, usize::MAX)
    }

    fn begin(flow: Arc<Flow>, writes: Writes, parties: usize) -> io::Result<Service> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let start = Arc::new(Barrier::new(parties));
        let (spend, spent) = channel();
        let (own, begins) = (address.clone(), start.clone());
        let serving = Arc::new(Serving { address: own, flow, writes, start: begins, spend });
        // It ends with the process; a round leaves nothing but an idle listener behind.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                // A client that hangs up is no news here: the runner has seen it.
                thread::spawn(move || serving.connection(stream));
            }
        });
        Ok(Service { address, start, spent })
    }

    /// From now on frames come.
    pub(crate) fn go(&self) {
        self.start.wait();
    }

    /// The processor time that sending has taken, once it is over.
    pub(crate) fn spent(&self) -> Option<Duration> {
        self.spent.recv().ok().flatten()
    }
}

struct Serving {
    address: String,
    flow: Arc<Flow>,
    writes: Writes,
    start: Arc<Barrier>,
    spend: Sender<Option<Duration>>,
}

impl Serving {
    fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(key) = read_request(&mut reader)? {
            if key.is_empty() {
                reader.get_mut().write_all(self.offer().as_bytes())?;
                continue;
            }
            reader.get_mut().write_all(accept(&key).as_bytes())?;
            self.start.wait();
            let before = of_thread();
            self.stream(reader.get_mut())?;
            // Nobody asks what it took a client that has hung up.
            let _ = self.spend.send(between(before, of_thread()));
            // Whoever has not got everything by then will notice.
            reader.get_mut().shutdown(Shutdown::Write)?;
            io::copy(&mut reader, &mut io::sink())?;
            return Ok(());
        }
        Ok(())
    }

    fn stream(&self, stream: &mut TcpStream) -> io::Result<()> {
        if self.writes == Writes::Burst {
            return stream.write_all(&self.flow.bytes);
        }
        let mut begin = 0;
        for &end in &self.flow.ends {
            stream.write_all(&self.flow.bytes[begin..end])?;
            begin = end;
        }
        Ok(())
    }

    /// The answer to every request: a conversation and its socket.
    fn offer(&self) -> String {
        let body = format!(
            "{{\"conversationId\":\"c\",\"token\":\"t\",\"expires_in\":1800,\
             \"streamUrl\":\"ws://{}/stream\"}}",
            self.address
        );
        format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }
}

fn accept(key: &str) -> String {
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    )
}

/// The WebSocket key of the next request, empty for one that wants no WebSocket; none when the
/// client has closed.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        if name.eq_ignore_ascii_case("sec-websocket-key") {
            key = value.to_owned();
        }
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().map_err(io::Error::other)?;
        }
        if line.trim().is_empty() {
            io::copy(&mut reader.take(length), &mut io::sink())?;
            return Ok(Some(key));
        }
    }
}
