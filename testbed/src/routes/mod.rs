//! From a request to what becomes of it: routing, logging, faults, then the route's own work.

mod activities;
mod attachments;
mod beside;
mod body;
mod conversations;
mod multipart;
pub(crate) mod refusal;
mod stream;
pub(crate) mod target;
mod tokens;
mod upload;

use std::sync::Arc;
use std::time::Instant;

use tokio::time::sleep;

use crate::control;
use crate::http::Request;
use crate::http::outcome::Outcome;
use crate::http::reply::Reply;
use crate::log::{Ending, LogEvent};
use crate::plan::fault::{Fault, When};
use crate::plan::occasion::Occasion;
use crate::routes::refusal::{Denial, Refusal};
use crate::routes::target::{Target, Work};
use crate::service::frame::patch;
use crate::service::request_shape::{RequestEnd, RequestShape};
use crate::service::{Shared, State};

/// A request on its way through the service.
pub(crate) struct Exchange<'a> {
    pub(crate) number: u64,
    pub(crate) request: &'a Request,
    /// What rules can be bound to.
    pub(crate) on: Option<Occasion>,
    pub(crate) arrived: Instant,
    pub(crate) shape: RequestShape,
    /// True if the answer is going to be replaced, so that no socket may open.
    pub(crate) answer_is_lost: bool,
}

/// Decides what becomes of a request.
pub(crate) async fn respond(shared: &Arc<Shared>, request: &Request) -> Outcome {
    let arrived = Instant::now();
    let traits = shared.traits;
    let target = Target::of(request, traits);
    if let Some(reply) = shared.origins.preflight(request) {
        return shared.with(|state| {
            let (number, _) = state.receive(request, &target);
            Outcome::Reply(state.sign(number, reply))
        });
    }
    if let Some(reply) = beside::health(request) {
        return Outcome::Reply(reply);
    }
    if let Some(reply) = control::answer(shared, request).await {
        return Outcome::Reply(reply);
    }
    let (number, mut shape) = shared.with(|state| state.receive(request, &target));
    if !shape.delay.is_zero() {
        sleep(shape.delay).await;
    }
    let end = shape.end.take();
    if let Some((When::Before, end)) = end {
        return shared.with(|state| state.finish(number, end));
    }
    let answer_is_lost = end.is_some();
    let on = target.as_ref().ok().and_then(|target| target.occasion);
    let exchange = Exchange { number, request, on, arrived, shape, answer_is_lost };
    let done = match target {
        Ok(target) => handle(shared, &exchange, target.work).await,
        Err(refusal) => Err(refusal.into()),
    };
    let outcome = done.unwrap_or_else(|denial| match denial {
        Denial::Refused(refusal) => Outcome::Reply((traits.refuse)(&refusal, on)),
        Denial::Silence => Outcome::Hang,
    });
    shared.with(|state| match end {
        Some((_, end)) => state.finish(number, end),
        None => state.conclude(&exchange, outcome),
    })
}

async fn handle(
    shared: &Arc<Shared>,
    exchange: &Exchange<'_>,
    work: Work,
) -> Result<Outcome, Denial> {
    // A browser hides answers from a page that may not read them, but never a socket.
    let is_handshake = matches!(work, Work::Stream(_) | Work::Queue(_));
    if is_handshake && !shared.origins.admit(exchange.request.header("origin").as_deref()) {
        return Err(Refusal::ForeignOrigin.into());
    }
    let reply = match work {
        Work::Generate => shared.with(|state| state.generate(exchange))?,
        Work::Refresh => shared.with(|state| state.refresh(exchange))?,
        Work::Start => conversations::start(shared, exchange)?,
        Work::Reconnect(conversation) => {
            shared.with(|state| state.reconnect(exchange, &conversation))?
        }
        Work::Activities(conversation) => {
            shared.with(|state| state.page(exchange, &conversation))?
        }
        Work::Post(conversation) => activities::post(shared, exchange, &conversation).await?,
        Work::Upload(conversation) => upload::upload(shared, exchange, &conversation).await?,
        Work::Attachment(key) => shared.with(|state| state.attachment(&key))?,
        Work::Stream(conversation) => {
            return shared.with(|state| state.upgrade(exchange, &conversation));
        }
        Work::Queue(conversation) => {
            return shared.with(|state| state.upgrade_queue(exchange, &conversation));
        }
        Work::NoStream(_) => return Err(Refusal::NoStream.into()),
        Work::Ignored(..) => return Err(Denial::Silence),
    };
    Ok(Outcome::Reply(reply))
}

impl Exchange<'_> {
    /// The watermark that the client asks with, unless a fault refuses it; an empty one is none.
    pub(crate) fn watermark(&self) -> Result<Option<String>, Refusal> {
        let asked = self.request.parameter("watermark").filter(|text| !text.is_empty());
        if asked.is_some() && self.shape.refuse_watermark {
            return Err(Refusal::UnknownWatermark);
        }
        Ok(asked)
    }
}

impl State {
    /// Notes a request and the faults it meets.
    fn receive(
        &mut self,
        request: &Request,
        target: &Result<Target, Refusal>,
    ) -> (u64, RequestShape) {
        self.forget_idle(Instant::now());
        let number = self.next_request();
        let route = target.as_ref().ok().and_then(|target| target.occasion);
        let watermark = request.parameter("watermark");
        let has_watermark = watermark.as_ref().is_some_and(|watermark| !watermark.is_empty());
        let credential = self.recognise(request.header("authorization").as_deref());
        self.note(LogEvent::RequestReceived {
            request: number,
            route,
            method: String::from(request.method()),
            path: String::from(request.path()),
            watermark,
            credential: credential.kind(),
        });
        let Some(on) = route else { return (number, RequestShape::default()) };
        let faults = self.fire(on, |fault| *fault != Fault::RefuseWatermark || has_watermark);
        let conversation = target.as_ref().ok().and_then(|target| target.work.conversation());
        let shape = self.shape_request(faults, conversation);
        if let Some(conversation) = conversation {
            // A fault may have let the bot say something.
            self.deliver(conversation);
        }
        (number, shape)
    }

    /// Ends a request the way a fault wants it.
    fn finish(&mut self, number: u64, end: RequestEnd) -> Outcome {
        let (ending, outcome) = match end {
            RequestEnd::Drop => (Ending::Dropped, Outcome::Drop),
            RequestEnd::Reset => (Ending::Reset, Outcome::Reset),
            RequestEnd::Hang => (Ending::Hung, Outcome::Hang),
            RequestEnd::Answer(answer) => {
                let reply = self.sign(number, Reply::made_up(&answer));
                return Outcome::Reply(reply);
            }
        };
        self.note(LogEvent::RequestAbandoned { request: number, ending });
        outcome
    }

    /// Gives the real outcome its last touch.
    fn conclude(&mut self, exchange: &Exchange<'_>, outcome: Outcome) -> Outcome {
        let number = exchange.number;
        match outcome {
            Outcome::Reply(reply) if exchange.shape.cut => {
                let reply = patch_reply(reply, &exchange.shape);
                let ending = Ending::Cut;
                self.note(LogEvent::RequestAbandoned { request: number, ending });
                Outcome::Cut(self.trace(number, reply))
            }
            Outcome::Reply(reply) => {
                Outcome::Reply(self.sign(number, patch_reply(reply, &exchange.shape)))
            }
            // A handshake is noted before the socket's own events.
            Outcome::Upgrade(reply, socket) => Outcome::Upgrade(reply, socket),
            Outcome::Hang => self.finish(number, RequestEnd::Hang),
            Outcome::Cut(_) | Outcome::Drop | Outcome::Reset => outcome,
        }
    }

    /// Notes that the request is answered, and marks the answer as the service's own.
    fn sign(&mut self, number: u64, reply: Reply) -> Reply {
        self.note(LogEvent::RequestAnswered { request: number, status: reply.status });
        self.trace(number, reply)
    }

    fn trace(&self, number: u64, reply: Reply) -> Reply {
        reply.with_header("x-ms-request-id", &self.trace_id(number))
    }
}

/// Patches a good answer; errors stay as they are.
fn patch_reply(mut reply: Reply, shape: &RequestShape) -> Reply {
    if (200..300).contains(&reply.status) {
        for (set, remove) in &shape.patches {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            reply.body = patch(&text, set, remove).into();
        }
    }
    reply
}
