//! LEVEL: the form of a state in which all that are alike are equal.

use directline::{Moment, Session};

use crate::judge::POLL_FLOOR;
use crate::model::SessionModel;
use crate::service::url_text;
use crate::talk::mask;
use crate::under_way::Bearer;
use crate::world::World;

impl SessionModel {
    /// Brings a state into the form in which all that are alike are equal.
    pub(crate) fn level(&self, world: &mut World, now: Moment) {
        self.seen.edges(&world.session.take_edges());
        world.rebase(now, self.scope.timing.stable);
        let timing = &self.scope.timing;
        let is_old = |at: Moment, after: u64| at.as_millis() + after <= Session::ORIGIN.as_millis();
        let longest = timing.pause(timing.doublings());
        world.host.asked_at.take_if(|at| is_old(*at, longest));
        world.host.refreshed_at.take_if(|at| is_old(*at, timing.backoff_floor()));
        world.host.polled_at.take_if(|at| is_old(*at, POLL_FLOOR));
        self.rename(world);
        if world.left.faults == 0 {
            world.host.stored = None;
        }
    }

    /// Gives tokens and stream URLs the names that they have in every state that is alike: the
    /// session's own token is the first, others that are still carried follow.
    fn rename(&self, world: &mut World) {
        let carried = world.lines.iter().filter_map(|line| match line.bearer {
            Bearer::Token(name) => Some(name),
            Bearer::Secret => None,
        });
        let mut names: Vec<u8> = Vec::with_capacity(4);
        // Without a token of its own, the first name stays free.
        names.push(world.held_token().unwrap_or(u8::MAX));
        carried.for_each(|name| {
            if !names.contains(&name) {
                names.push(name);
            }
        });
        world.service.rename(&names);
        for line in &mut world.lines {
            if let Bearer::Token(name) = &mut line.bearer {
                let place = names.iter().position(|own| own == name);
                *name = place.and_then(|at| at.try_into().ok()).unwrap_or(*name);
            }
        }
        let old = world.service.url.as_mut().map(|url| std::mem::take(&mut url.name));
        let old = old.filter(|_| self.scope.repeats_urls()).map(url_text);
        let url = old.as_deref().map(|old| (old, self.first_url.as_str()));
        world.session.blur(self.scope.draw, &self.first_token, url);
        if let Some(lane) = &mut world.lane {
            // Where it began matters as long as something before that is missing.
            if mask(0, lane.from) & !world.host.accounted() == 0 {
                lane.from = 0;
            }
        }
    }
}
