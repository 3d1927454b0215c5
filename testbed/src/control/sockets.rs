//! Sockets, and how one of them ends.

use serde_json::{Value, json};

use crate::control::{Refused, fields, object};
use crate::http::reply::Reply;
use crate::plan::choice::Choice;
use crate::plan::error::PlanError;
use crate::plan::fields::Fields;
use crate::plan::read::read_close_frame;
use crate::service::State;
use crate::service::sockets::{Disruption, SocketEnd, collision};

/// How a socket can be cut.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    Drop,
    Reset,
    Close,
    Collision,
    HalfOpen,
}

impl Choice for Cut {
    const ALL: &'static [(&'static str, Self)] = &[
        ("drop", Cut::Drop),
        ("reset", Cut::Reset),
        ("close", Cut::Close),
        ("collision", Cut::Collision),
        ("half_open", Cut::HalfOpen),
    ];
}

impl State {
    pub(super) fn list_sockets(&self) -> Reply {
        let sockets: Vec<Value> = self
            .sockets
            .iter()
            .map(|(number, socket)| {
                let (conversation, silent) = (&socket.conversation, socket.silent);
                json!({ "socket": number, "conversation": conversation, "silent": silent })
            })
            .collect();
        object(200, &json!({ "sockets": sockets }))
    }

    pub(super) fn cut(&mut self, socket: &str, body: &[u8]) -> Result<Reply, Refused> {
        let disruption = read_cut(fields("the cut", body)?)?;
        let number = socket.parse().ok().filter(|number| self.sockets.contains_key(number));
        let Some(number) = number else {
            let open: Vec<String> = self.sockets.keys().map(u64::to_string).collect();
            return Err(Refused::unknown("socket", socket, &open));
        };
        self.disrupt(number, disruption);
        Ok(Reply::empty(204))
    }
}

/// Reads how a socket ends, in the words of a plan; without any it is dropped.
pub(crate) fn read_cut(mut fields: Fields) -> Result<Disruption, PlanError> {
    let cut = fields.choice("do")?.unwrap_or(Cut::Drop);
    let disruption = match cut {
        Cut::Drop => Disruption::End(SocketEnd::Drop),
        Cut::Reset => Disruption::End(SocketEnd::Reset),
        Cut::Collision => Disruption::End(collision()),
        Cut::HalfOpen => Disruption::Silence,
        Cut::Close => {
            let (code, reason) = read_close_frame(&mut fields)?;
            Disruption::End(SocketEnd::Close { code, reason })
        }
    };
    fields.finish()?;
    Ok(disruption)
}
