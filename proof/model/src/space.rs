//! SPACE: the states as stateright wants them, and what holds in each.

use directline::{Input, Moment, Session, SocketId};
use stateright::{Model, Property};

use crate::checks::is_same;
use crate::model::SessionModel;
use crate::step::{Step, begin};
use crate::world::World;

/// How far a clock may run back.
const EARLIER: u64 = 10_000;

fn stale_news(request: directline::RequestId, socket: SocketId) -> [Input; 5] {
    let body = b"{\"conversationId\":\"d\",\"streamUrl\":\"wss://service.example/s?t=x\"}".to_vec();
    [
        Input::Timeout,
        Input::Response { request, response: http::Response::new(body) },
        Input::SocketOpened { socket },
        Input::Frame { socket, text: "{\"activities\":[{}],\"watermark\":\"x\"}".to_owned() },
        Input::SocketClosed { socket, reason: directline::CloseReason::Broken },
    ]
}

/// Whether no clause of this group is broken.
fn keeps(world: &World, clauses: &str) -> bool {
    world.broken.as_ref().is_none_or(|broken| !broken.clause.starts_with(clauses))
}

impl SessionModel {
    /// TM-3, TM-5: an early timeout, and news of what is awaited no more, change nothing.
    fn ignores_the_stale(&self, world: &World) -> bool {
        let Some((request, socket)) = world.stale.filter(|_| world.broken.is_none()) else {
            return true;
        };
        let now = Session::ORIGIN;
        if world.session.deadline().is_some_and(|at| at <= now) {
            return true;
        }
        let mut session = world.session.clone();
        let earlier = Moment::from_millis(now.as_millis().saturating_sub(EARLIER));
        stale_news(request, socket).into_iter().all(|input| session.handle(now, input).is_ok())
            && session.handle(earlier, Input::Timeout).is_ok()
            && session.poll().is_none()
            && is_same(session, world.session.clone())
    }
}

impl Model for SessionModel {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        self.scope.begins.iter().map(|how| begin(self, *how)).collect()
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        self.steps(world, steps);
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        Some(self.after(world, step))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("WM  watermark", |_, world| keeps(world, "WM")),
            Property::always("DD  de-duplication", |_, world| keeps(world, "DD")),
            Property::always("SU  stream URL", |_, world| keeps(world, "SU")),
            Property::always("RC  reconnecting", |_, world| keeps(world, "RC")),
            Property::always("CR  credentials", |_, world| keeps(world, "CR")),
            Property::always("RX  receiving", |_, world| keeps(world, "RX")),
            Property::always("PO  polling", |_, world| keeps(world, "PO")),
            Property::always("TX  sending", |_, world| keeps(world, "TX")),
            Property::always("TM  time and ids", |model: &SessionModel, world| {
                keeps(world, "TM") && model.ignores_the_stale(world)
            }),
            Property::always("LV-2 no wait without a deadline", |_, world| keeps(world, "LV-2")),
            Property::always("LV-1 recovers", |model: &SessionModel, world| {
                model.recovery(world).is_ok()
            }),
        ]
    }
}
