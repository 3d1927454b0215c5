//! The sockets as the service sees them, and how they open and end.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::log::{Ending, LogEvent};
use crate::options::CollisionVictim;
use crate::plan::fault::{Fault, When};
use crate::plan::occasion::Occasion;
use crate::profile::traits::SecondSocket;
use crate::service::State;
use crate::service::delivery::HeldFrame;

/// What a socket's task is told to do, in order.
#[derive(Debug)]
pub(crate) enum Order {
    /// Sends a text message.
    Text(String),
    /// Sends a binary message with these bytes.
    Binary(String),
    /// Carries out nothing more for this long; keeps reading.
    Pause(Duration),
    /// Calls back after this long, for a frame that is held.
    WakeAfter(Duration),
    /// Neither reads nor writes from now on.
    FallSilent,
    /// Ends the socket.
    End(SocketEnd),
}

/// How the service ends a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SocketEnd {
    Close {
        code: u16,
        reason: String,
    },
    Drop,
    Reset,
    /// Sends the first half of a frame with this text, then drops the connection.
    Cut(String),
}

/// A socket that the service would still write to.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) conversation: String,
    pub(crate) orders: UnboundedSender<Order>,
    /// The position of the next activity to send.
    pub(crate) position: usize,
    /// True once it is half-open: whatever is sent gets lost.
    pub(crate) silent: bool,
    /// A frame that waits to be overtaken.
    pub(crate) held: Option<HeldFrame>,
}

/// A socket's number and where its orders come from.
pub(crate) struct OpenedSocket {
    pub(crate) number: u64,
    pub(crate) orders: UnboundedReceiver<Order>,
}

impl State {
    /// Opens a socket and begins its replay at the position.
    pub(crate) fn open_socket(&mut self, conversation: &str, position: usize) -> OpenedSocket {
        let (sender, orders) = unbounded_channel();
        let number = self.next_socket();
        let conversation = String::from(conversation);
        self.note(LogEvent::SocketOpened { socket: number, conversation: conversation.clone() });
        let socket = Socket {
            conversation: conversation.clone(),
            orders: sender,
            position,
            silent: false,
            held: None,
        };
        self.sockets.insert(number, socket);
        if self.settle_rivalry(&conversation, number) {
            self.greet_socket(&conversation, number);
        }
        OpenedSocket { number, orders }
    }

    /// Ends a socket; whatever was recorded stays recorded.
    pub(crate) fn end_socket(&mut self, number: u64, end: SocketEnd) {
        let (code, ending) = match &end {
            SocketEnd::Close { code, .. } => (Some(*code), Ending::Closed),
            SocketEnd::Drop => (None, Ending::Dropped),
            SocketEnd::Reset => (None, Ending::Reset),
            SocketEnd::Cut(_) => (None, Ending::Cut),
        };
        self.order(number, Order::End(end));
        self.forget_socket(number, code, ending);
    }

    /// Makes a socket half-open: it stays, but nothing arrives any more, in either direction.
    pub(crate) fn silence_socket(&mut self, number: u64) {
        self.order(number, Order::FallSilent);
        let Some(socket) = self.sockets.get_mut(&number) else { return };
        socket.silent = true;
        socket.held = None;
        let conversation = socket.conversation.clone();
        self.note(LogEvent::SocketSilenced { socket: number, conversation });
    }

    /// Takes note of a socket that the client has closed or lost.
    pub(crate) fn socket_gone(&mut self, number: u64, code: Option<u16>) {
        self.forget_socket(number, code, Ending::ByClient);
    }

    /// The numbers of the sockets that aren't silent.
    pub(crate) fn live_sockets(&self) -> Vec<u64> {
        let live = self.sockets.iter().filter(|(_, socket)| !socket.silent);
        live.map(|(number, _)| *number).collect()
    }

    /// Hands an order to a socket's task, which may have ended already.
    pub(crate) fn order(&mut self, number: u64, order: Order) {
        if let Some(socket) = self.sockets.get(&number) {
            // A task that has ended reports its socket as gone; nothing is lost by this order.
            let _ = socket.orders.send(order);
        }
    }

    fn forget_socket(&mut self, number: u64, code: Option<u16>, ending: Ending) {
        let Some(socket) = self.sockets.remove(&number) else { return };
        let keeps_place = self.traits().stream.second_socket == SecondSocket::Silent;
        let conversation = socket.conversation;
        if let Some(known) = self.conversations.get_mut(&conversation) {
            known.lose_socket(number, keeps_place);
        }
        self.note(LogEvent::SocketClosed { socket: number, conversation, code, ending });
    }

    /// Keeps one socket per conversation; false if the new one has to go.
    fn settle_rivalry(&mut self, conversation: &str, new: u64) -> bool {
        let old = self.conversations.get(conversation).and_then(|known| known.socket);
        if let Some(old) = old {
            if self.traits().stream.second_socket == SecondSocket::Silent {
                return true;
            }
            let silent = self.sockets.get(&old).is_some_and(|socket| socket.silent);
            if silent {
                // Not even a close frame gets through; the service just forgets it.
                self.forget_socket(old, None, Ending::Hung);
            } else if self.options.collision_victim == CollisionVictim::New {
                self.end_socket(new, collision());
                return false;
            } else {
                self.end_socket(old, collision());
            }
        }
        if let Some(known) = self.conversations.get_mut(conversation) {
            known.socket = Some(new);
        }
        true
    }

    /// Lets the faults of an opening act around the replay.
    fn greet_socket(&mut self, conversation: &str, number: u64) {
        let faults = self.fire(Occasion::Open, |_| true);
        let mut disruption = None;
        for fault in faults {
            if let Fault::Delay { delay_ms } = fault {
                self.order(number, Order::Pause(Duration::from_millis(delay_ms)));
            } else if let Some(found) = Disruption::of(&fault) {
                disruption.get_or_insert(found);
            } else {
                self.disturb(&fault, Some(conversation));
            }
        }
        match disruption {
            None => self.replay(conversation),
            Some((When::Before, disruption)) => {
                self.disrupt(number, disruption);
                self.replay(conversation);
            }
            Some((When::After, disruption)) => {
                self.replay(conversation);
                self.disrupt(number, disruption);
            }
        }
    }

    /// Ends or silences a socket.
    pub(crate) fn disrupt(&mut self, number: u64, disruption: Disruption) {
        match disruption {
            Disruption::End(end) => self.end_socket(number, end),
            Disruption::Silence => self.silence_socket(number),
        }
    }
}

/// What stops a socket from being of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Disruption {
    End(SocketEnd),
    Silence,
}

impl Disruption {
    /// The disruption that a fault means, if it means one.
    pub(crate) fn of(fault: &Fault) -> Option<(When, Self)> {
        match fault {
            Fault::Close { code, reason, when } => {
                let end = SocketEnd::Close { code: *code, reason: reason.clone() };
                Some((*when, Disruption::End(end)))
            }
            Fault::Collision { when } => Some((*when, Disruption::End(collision()))),
            Fault::Drop { when } => Some((*when, Disruption::End(SocketEnd::Drop))),
            Fault::Reset { when } => Some((*when, Disruption::End(SocketEnd::Reset))),
            Fault::HalfOpen { when } => Some((*when, Disruption::Silence)),
            Fault::Hang { .. }
            | Fault::Cut
            | Fault::Delay { .. }
            | Fault::Answer(_)
            | Fault::Patch { .. }
            | Fault::StreamUrl { .. }
            | Fault::WrongConversation
            | Fault::ReplayAll
            | Fault::RefuseWatermark
            | Fault::Watermark { .. }
            | Fault::Garbage { .. }
            | Fault::Binary
            | Fault::BadElement
            | Fault::Twice
            | Fault::Swap { .. }
            | Fault::ExpireTokens
            | Fault::Renumber
            | Fault::EndConversation => None,
        }
    }
}

/// The end of a socket that lost to another one. The service documents the reason, but no code.
pub(crate) fn collision() -> SocketEnd {
    SocketEnd::Close { code: 1000, reason: String::from("collision") }
}
