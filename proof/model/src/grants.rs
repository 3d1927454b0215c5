//! GRANTS: the tokens and stream URLs that answers bring.

use directline::Moment;
use directline_world::excuse::Rule;
use directline_world::operation::{TokenFate, UrlKind};

use crate::fault::Fault;
use crate::model::SessionModel;
use crate::service::{Service, url_offered};
use crate::turn::Turn;
use crate::under_way::{Bearer, Line, What};
use crate::world::World;

impl SessionModel {
    /// The service deals with a request as soon as it is sent; what takes time is the way back.
    pub(crate) fn grant_token(
        &self,
        world: &mut World,
        turn: &mut Turn,
        line: &Line,
        fault: Option<Fault>,
    ) -> Option<(u8, Option<u64>)> {
        world.host.refresh_failed &= line.what != What::Refresh;
        let life = self.scope.token_life();
        let dies = Moment::from_millis(line.sent.as_millis() + life);
        match fault {
            Some(Fault::Token(TokenFate::TokenMissing)) => {
                world.host.may_start = true;
                world.host.refresh_failed |= line.what == What::Refresh;
                return None;
            }
            // The token itself is as good as any (CR-2).
            Some(Fault::Token(TokenFate::LifetimeZero)) => {
                return Some((self.mint(world, dies), Some(0)));
            }
            Some(Fault::Token(TokenFate::LifetimeMissing)) => {
                let name = self.mint(world, dies);
                // It may be taken to end when the one before does.
                world.host.may_need = true;
                return Some((name, None));
            }
            _ => {}
        }
        let name = self.mint(world, dies);
        turn.granted = Some((name, Moment::from_millis(line.sent.as_millis() + life / 2)));
        Some((name, Some(life)))
    }

    fn mint(&self, world: &mut World, dies: Moment) -> u8 {
        let used = self.tokens_in_use(world);
        let name = world.service.mint(&used, dies);
        // Who may not ask yet cannot refresh it either.
        let rests = world.host.is_offline || world.host.refresh_not_before.is_some();
        (world.host.is_parched, world.host.may_need) = (false, rests);
        name
    }

    pub(crate) fn tokens_in_use(&self, world: &World) -> Vec<Option<u8>> {
        let carried = world.lines.iter().map(|line| match line.bearer {
            Bearer::Token(name) => Some(name),
            Bearer::Secret => None,
        });
        carried.chain([world.held_token()]).collect()
    }

    pub(crate) fn url(&self, world: &mut World, line: &Line, fault: Option<Fault>) -> String {
        let skips = line.what == What::Reconnect && line.mark.is_none();
        if skips && (std::mem::take(&mut world.host.passes_over) || world.host.seeks_end) {
            let rule = if world.host.seeks_end { Rule::Unwanted } else { Rule::Unreadable };
            self.excuse(world, world.talk.all(), rule);
        }
        let kind = match fault {
            Some(Fault::Url(kind)) => Some(kind),
            _ => None,
        };
        match kind {
            Some(UrlKind::Missing | UrlKind::Empty | UrlKind::Null) => {
                world.host.may_drop = true;
                return String::new();
            }
            Some(UrlKind::Repeated) => {
                if let Some(url) = world.service.url {
                    return url_offered(url.name);
                }
            }
            Some(UrlKind::Insecure) => return "ws://service.example/s?t=plain".to_owned(),
            _ => {}
        }
        let from = Service::stream_start(line, &world.talk);
        let dies = line.sent.as_millis() + self.scope.timing.url_life;
        url_offered(world.service.offer(from, Moment::from_millis(dies)))
    }
}
