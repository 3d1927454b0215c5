//! From recorded activities to frames: what is sent on which socket, and what goes wrong with it.

use std::time::Duration;

use crate::log::{FrameFate, LogEvent};
use crate::plan::fault::{Fault, GarbageKind, When};
use crate::plan::occasion::Occasion;
use crate::profile::traits::{FrameWatermark, Opening};
use crate::service::State;
use crate::service::frame::{SetShape, Stretch, Watermarks, write_garbage, write_set};
use crate::service::sockets::{Disruption, Order, SocketEnd};

/// A frame that waits for the next one to overtake it.
#[derive(Debug)]
pub(crate) struct HeldFrame {
    frame: Frame,
    /// Where the frame begins: the one that overtakes must not claim more than what precedes it.
    start: usize,
}

/// What a frame is to hold.
#[derive(Clone, Copy, Debug)]
struct Load {
    stretch: Stretch,
    /// True if it is all that was said so far, sent because a socket has opened.
    is_history: bool,
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
            self.send_load(conversation, socket, Load { stretch, is_history: false });
        }
    }

    /// Sends what a socket gets because one has opened.
    pub(crate) fn replay(&mut self, conversation: &str) {
        match self.traits().stream.opening {
            Opening::FromWatermark | Opening::Queued => self.deliver(conversation),
            Opening::WholeHistory => self.send_history(conversation),
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
        let one_by_one = self.traits().stream.one_by_one;
        let limit = if one_by_one { 1 } else { self.options.page_size.max(1) };
        let known = self.conversations.get(conversation)?;
        let number = known.socket?;
        let socket = self.sockets.get_mut(&number)?;
        let news = known.records.get(socket.position..).unwrap_or_default();
        let start = socket.position + news.iter().take_while(|record| !record.is_pushed).count();
        let pushed = known.records.iter().skip(start).take_while(|record| record.is_pushed);
        let end = start + pushed.take(limit).count();
        socket.position = end;
        (start < end).then_some((number, Stretch { start, end }))
    }

    /// Sends all that was said so far, in one set. An empty one holds no activities to fail with.
    fn send_history(&mut self, conversation: &str) {
        let Some(known) = self.conversations.get(conversation) else { return };
        let Some(number) = known.socket else { return };
        let stretch = Stretch { start: 0, end: known.records.len() };
        let Some(socket) = self.sockets.get_mut(&number) else { return };
        socket.position = stretch.end;
        let load = Load { stretch, is_history: true };
        if stretch.end > 0 {
            self.send_load(conversation, number, load);
        } else {
            let empty = self.write_frame(conversation, load, number, &FrameShape::default());
            self.order(number, Order::Text(empty.text));
        }
    }

    fn send_load(&mut self, conversation: &str, socket: u64, load: Load) {
        if self.is_silent(socket) {
            let frame = self.write_frame(conversation, load, socket, &FrameShape::default());
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
                let frame = self.write_frame(conversation, load, socket, &shape);
                self.note_frame(socket, &frame, FrameFate::Lost);
            }
            return;
        }
        self.send_shaped(conversation, socket, load, &shape);
        if let Some((When::After, disruption)) = shape.disruption {
            self.disrupt(socket, disruption);
        }
    }

    fn send_shaped(&mut self, conversation: &str, socket: u64, load: Load, shape: &FrameShape) {
        let frame = self.write_frame(conversation, load, socket, shape);
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
            self.hold(socket, HeldFrame { frame, start: load.stretch.start }, patience);
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
        load: Load,
        socket: u64,
        shape: &FrameShape,
    ) -> Frame {
        let stretch = load.stretch;
        let watermarks = self.watermarks(conversation, load, socket);
        let watermark = watermarks.spoilt_by(shape.set.watermark);
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

    fn watermarks(&self, conversation: &str, load: Load, socket: u64) -> Watermarks {
        match self.traits().stream.frame_watermark {
            FrameWatermark::Absent => Watermarks::default(),
            FrameWatermark::Zero if load.is_history => Watermarks::number(load.stretch.end),
            FrameWatermark::Zero => Watermarks::number(0),
            FrameWatermark::Covering => {
                let held = self.sockets.get(&socket).and_then(|known| known.held.as_ref());
                let covered = match held {
                    // While an earlier frame is held back, nothing from it on is covered.
                    Some(held) => Stretch { start: held.start, end: held.start },
                    None => load.stretch,
                };
                self.covering(conversation, covered)
            }
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
