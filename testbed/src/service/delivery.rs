//! From recorded activities to frames: what is sent on which socket, and what goes wrong with it.

use std::time::Duration;

use crate::log::{FrameFate, LogEvent};
use crate::plan::fault::{Fault, GarbageKind, When};
use crate::plan::occasion::Occasion;
use crate::service::State;
use crate::service::frame::{SetShape, Stretch, write_garbage, write_set};
use crate::service::sockets::{Disruption, Order, SocketEnd};

/// A frame that waits for the next one to overtake it.
#[derive(Debug)]
pub(crate) struct HeldFrame {
    frame: Frame,
    /// Where the frame begins: the one that overtakes must not claim more than what precedes it.
    start: usize,
}

/// A frame, ready to be sent.
#[derive(Debug)]
struct Frame {
    text: String,
    ids: Vec<String>,
    watermark: Option<String>,
    binary: bool,
    copies: usize,
}

/// The sum of the faults that one frame meets.
#[derive(Debug, Default)]
struct FrameShape {
    delay: Duration,
    garbage: Vec<GarbageKind>,
    instead: bool,
    set: SetShape,
    binary: bool,
    twice: bool,
    cut: bool,
    swap: Option<Duration>,
    disruption: Option<(When, Disruption)>,
}

impl State {
    /// Sends whatever the conversation's socket hasn't been sent yet.
    pub(crate) fn deliver(&mut self, conversation: &str) {
        // Each round moves the socket's position forward or takes the socket away, and a fault
        // adds at most one activity per conversation, so this ends.
        while let Some((socket, stretch)) = self.next_stretch(conversation) {
            self.send_stretch(conversation, socket, stretch);
        }
    }

    /// Sends a held frame that nothing has overtaken in time.
    pub(crate) fn release_held(&mut self, socket: u64) {
        let held = self.sockets.get_mut(&socket).and_then(|known| known.held.take());
        if let Some(held) = held {
            self.send_frame(socket, held.frame);
        }
    }

    /// What is to be sent next, and marks it as sent.
    fn next_stretch(&mut self, conversation: &str) -> Option<(u64, Stretch)> {
        let known = self.conversations.get(conversation)?;
        let number = known.socket?;
        let socket = self.sockets.get_mut(&number)?;
        let start = socket.position;
        let end = known.records.len().min(start + self.options.page_size.max(1));
        if start >= end {
            return None;
        }
        socket.position = end;
        Some((number, Stretch { start, end }))
    }

    fn send_stretch(&mut self, conversation: &str, socket: u64, stretch: Stretch) {
        if self.is_silent(socket) {
            let frame = self.write_frame(conversation, stretch, socket, &FrameShape::default());
            self.note_frame(socket, &frame, FrameFate::Lost);
            return;
        }
        let mut shape = FrameShape::default();
        for fault in self.fire(Occasion::Frame, |_| true) {
            if !shape.add(&fault) {
                self.disturb(&fault, Some(conversation));
            }
        }
        if let Some((When::Before, disruption)) = &shape.disruption {
            let disruption = disruption.clone();
            self.disrupt(socket, disruption);
            if self.is_silent(socket) {
                let frame = self.write_frame(conversation, stretch, socket, &shape);
                self.note_frame(socket, &frame, FrameFate::Lost);
            }
            return;
        }
        self.send_shaped(conversation, socket, stretch, &shape);
        if let Some((When::After, disruption)) = shape.disruption {
            self.disrupt(socket, disruption);
        }
    }

    fn send_shaped(
        &mut self,
        conversation: &str,
        socket: u64,
        stretch: Stretch,
        shape: &FrameShape,
    ) {
        let frame = self.write_frame(conversation, stretch, socket, shape);
        if !shape.delay.is_zero() {
            self.order(socket, Order::Pause(shape.delay));
        }
        for kind in &shape.garbage {
            self.order(socket, Order::Text(write_garbage(*kind, &frame.text)));
        }
        if shape.cut {
            self.note_frame(socket, &frame, FrameFate::Cut);
            self.end_socket(socket, SocketEnd::Cut(frame.text));
        } else if shape.instead {
            self.note_frame(socket, &frame, FrameFate::Garbled);
            self.release_held(socket);
        } else if let Some(patience) = shape.swap.filter(|_| !self.is_holding(socket)) {
            self.hold(socket, HeldFrame { frame, start: stretch.start }, patience);
        } else {
            self.send_frame(socket, frame);
            self.release_held(socket);
        }
    }

    fn hold(&mut self, socket: u64, held: HeldFrame, patience: Duration) {
        self.order(socket, Order::WakeAfter(patience));
        if let Some(known) = self.sockets.get_mut(&socket) {
            known.held = Some(held);
        }
    }

    fn send_frame(&mut self, socket: u64, frame: Frame) {
        for _ in 0..frame.copies {
            self.note_frame(socket, &frame, FrameFate::Whole);
            let text = frame.text.clone();
            let order = if frame.binary { Order::Binary(text) } else { Order::Text(text) };
            self.order(socket, order);
        }
    }

    fn write_frame(
        &self,
        conversation: &str,
        stretch: Stretch,
        socket: u64,
        shape: &FrameShape,
    ) -> Frame {
        let held = self.sockets.get(&socket).and_then(|known| known.held.as_ref());
        let covered = match held {
            // While an earlier frame is held back, nothing from it on is covered.
            Some(held) => Stretch { start: held.start, end: held.start },
            None => stretch,
        };
        let watermark = self.write_watermark(conversation, covered, shape.set.watermark);
        let records = self.conversations.get(conversation).map(|known| known.records.as_slice());
        let records = records.and_then(|all| all.get(stretch.start..stretch.end));
        let records = records.unwrap_or_default();
        let activities = records.iter().map(|record| record.recorded.json.as_str());
        Frame {
            text: write_set(activities, watermark.as_deref(), &shape.set),
            ids: records.iter().filter_map(|record| record.recorded.id.clone()).collect(),
            watermark,
            binary: shape.binary,
            copies: if shape.twice { 2 } else { 1 },
        }
    }

    fn note_frame(&mut self, socket: u64, frame: &Frame, fate: FrameFate) {
        let Some(known) = self.sockets.get(&socket) else { return };
        let conversation = known.conversation.clone();
        let (ids, watermark) = (frame.ids.clone(), frame.watermark.clone());
        self.note(LogEvent::FrameSent { socket, conversation, ids, watermark, fate });
    }

    fn is_silent(&self, socket: u64) -> bool {
        self.sockets.get(&socket).is_some_and(|known| known.silent)
    }

    fn is_holding(&self, socket: u64) -> bool {
        self.sockets.get(&socket).is_some_and(|known| known.held.is_some())
    }
}

impl FrameShape {
    /// Adds a fault; false if it concerns the conversation or the service instead.
    fn add(&mut self, fault: &Fault) -> bool {
        if let Some(found) = Disruption::of(fault) {
            // Of several endings the first one wins.
            self.disruption.get_or_insert(found);
            return true;
        }
        match fault {
            Fault::Cut => self.cut = true,
            Fault::Delay { delay_ms } => self.delay += Duration::from_millis(*delay_ms),
            Fault::Patch { set, remove } => self.set.patches.push((set.clone(), remove.clone())),
            Fault::Watermark { value } => self.set.watermark = Some(*value),
            Fault::Garbage { value, instead } => {
                self.garbage.push(*value);
                self.instead |= *instead;
            }
            Fault::Binary => self.binary = true,
            Fault::BadElement => self.set.bad_element = true,
            Fault::Twice => self.twice = true,
            Fault::Swap { delay_ms } => self.swap = Some(Duration::from_millis(*delay_ms)),
            Fault::ExpireTokens | Fault::Renumber | Fault::EndConversation => return false,
            // Disruptions were dealt with above, the others belong to requests.
            Fault::Close { .. }
            | Fault::Collision { .. }
            | Fault::Drop { .. }
            | Fault::Reset { .. }
            | Fault::HalfOpen { .. }
            | Fault::Hang { .. }
            | Fault::Answer(_)
            | Fault::StreamUrl { .. }
            | Fault::WrongConversation
            | Fault::ReplayAll
            | Fault::RefuseWatermark => {}
        }
        true
    }
}
