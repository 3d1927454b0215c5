//! TRACE: what goes on in a conversation, for whoever subscribes to `tracing`; without the feature of
//! that name, nothing.
//!
//! Facts and outputs pass by here whatever the driver. Nothing that is told holds a credential, a
//! stream URL or what anybody said: ids, purposes, statuses and sizes.

#[cfg(feature = "tracing")]
pub(crate) use self::told::Trace;
#[cfg(not(feature = "tracing"))]
pub(crate) use self::untold::Trace;

#[cfg(not(feature = "tracing"))]
mod untold {
    use directline::{Input, Output};

    /// Tells nothing.
    pub(crate) struct Trace;

    impl Trace {
        pub(crate) fn new() -> Trace {
            Trace
        }

        pub(crate) fn input(&mut self, _input: &Input) {}

        pub(crate) fn output(&mut self, _output: &Output) {}
    }
}

#[cfg(feature = "tracing")]
mod told {
    use std::collections::BTreeMap;

    use directline::{
        Action, Cause, Event, Fault, Input, Loss, Output, PostOutcome, RequestId, SocketId,
    };
    use tracing::field::Empty;
    use tracing::{Span, debug, debug_span, info, info_span, trace, warn};

    /// The spans of a conversation: its own, and those of what is under way in it.
    pub(crate) struct Trace {
        conversation: Span,
        requests: BTreeMap<RequestId, Span>,
        sockets: BTreeMap<SocketId, Span>,
    }

    impl Trace {
        pub(crate) fn new() -> Trace {
            let conversation = info_span!(parent: Span::current(), "conversation", id = Empty);
            Trace { conversation, requests: BTreeMap::new(), sockets: BTreeMap::new() }
        }

        /// What happened; a span ends with what it is about.
        pub(crate) fn input(&mut self, input: &Input) {
            let _within = self.conversation.clone().entered();
            match input {
                Input::Response { request, response } => {
                    let (status, bytes) = (response.status().as_u16(), response.body().len());
                    if let Some(span) = self.requests.remove(request) {
                        span.record("status", status);
                        span.in_scope(|| debug!(status, bytes, "answered"));
                    }
                }
                Input::RequestFailed { request, failure } => {
                    if let Some(span) = self.requests.remove(request) {
                        span.in_scope(|| debug!(%failure, "failed"));
                    }
                }
                Input::SocketOpened { socket } => self.on(*socket, || debug!("opened")),
                Input::Frame { socket, text } => {
                    let bytes = text.len();
                    self.on(*socket, || trace!(bytes, "frame"));
                }
                Input::Garbled { socket } => self.on(*socket, || debug!("garbled frame")),
                Input::Pong { socket } => self.on(*socket, || trace!("pong")),
                Input::SocketClosed { socket, reason } => {
                    self.on(*socket, || debug!(?reason, "closed"));
                    self.sockets.remove(socket);
                }
                Input::Timeout => trace!("a deadline has come"),
                Input::Post { key, activity } => {
                    debug!(key = key.0, bytes = activity.len(), "post handed in");
                }
                Input::Upload { key, .. } => debug!(key = key.0, "upload handed in"),
                Input::NewToken(_) => info!("a new token was handed in"),
                Input::Woke => info!("woke"),
                Input::NetworkDown => info!("the network is down"),
                Input::NetworkUp => info!("the network is up"),
                Input::Close => debug!("closing"),
            }
        }

        /// What the session wants or tells; a span begins with what it is about.
        pub(crate) fn output(&mut self, output: &Output) {
            let _within = self.conversation.clone().entered();
            match output {
                Output::Action(action) => self.action(action),
                Output::Event(event) => self.event(event),
            }
        }

        fn action(&mut self, action: &Action) {
            match action {
                Action::Send { request, message } => {
                    let purpose = message.purpose();
                    let span = debug_span!("request", %purpose, status = Empty);
                    span.in_scope(|| debug!("sending"));
                    self.requests.insert(*request, span);
                }
                Action::Cancel { request } => {
                    if let Some(span) = self.requests.remove(request) {
                        span.in_scope(|| debug!("called off"));
                    }
                }
                Action::Open { socket, .. } => {
                    let span = debug_span!("socket", number = socket.as_u64());
                    span.in_scope(|| debug!("opening"));
                    self.sockets.insert(*socket, span);
                }
                Action::Probe { socket } => self.on(*socket, || trace!("probing")),
                Action::Shut { socket } => {
                    self.on(*socket, || debug!("shutting"));
                    self.sockets.remove(socket);
                }
            }
        }

        fn event(&mut self, event: &Event) {
            match event {
                Event::Status(status) => info!(?status, "status"),
                Event::Joined { conversation } => {
                    self.conversation.record("id", &**conversation);
                    info!(conversation = &**conversation, "joined");
                }
                Event::Delivered(batch) => debug!(activities = batch.len(), "delivered"),
                Event::Posted { key, outcome } => posted(key.0, outcome),
                Event::Gap(gap) => warn!("{gap}"),
                Event::NeedsToken { refusal } => warn!(?refusal, "a new token is needed"),
                Event::Faulted(fault) => faulted(fault),
                Event::Ended(end) => info!("{end}"),
                // A checkpoint may hold posts; what comes later is not known to be harmless.
                _ => {}
            }
        }

        fn on(&self, socket: SocketId, tell: impl FnOnce()) {
            if let Some(span) = self.sockets.get(&socket) {
                span.in_scope(tell);
            }
        }
    }

    /// The service's words may be anybody's, so that they are for those who look closely.
    fn faulted(fault: &Fault) {
        let next = fault.next;
        match &fault.cause {
            Cause::Answered { purpose, status, message } => {
                warn!(%purpose, status, ?next, "was answered with an error");
                debug!("the service says{message}");
            }
            Cause::SocketLost(Loss::Closed { code, reason }) => {
                warn!(code, ?next, "the socket was closed");
                debug!("the service says: {reason}");
            }
            cause => warn!(?next, "{cause}"),
        }
    }

    fn posted(key: u64, outcome: &PostOutcome) {
        match outcome {
            PostOutcome::Sent { id } => debug!(key, id = id.as_deref(), "sent"),
            PostOutcome::Rejected { status, message } => {
                warn!(key, status, "rejected");
                debug!("the service says{message}");
            }
            outcome => warn!(key, ?outcome, "not known to be sent"),
        }
    }
}
