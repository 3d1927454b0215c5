//! PAGES: scopes of the history and of polling.

use directline::Way;
use directline_world::operation::{HostCall, ReplayKind, RequestFate, SocketFate, WatermarkKind};

use crate::fault::{Fault, Refusal};
use crate::scope::{Begin, Scope};

pub(super) fn history() -> Scope {
    Scope {
        begins: &[Begin::Unmarked],
        page_size: 2,
        faults: &[
            Fault::Socket(SocketFate::Reset),
            Fault::Socket(SocketFate::Closed),
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::CutBody),
            Fault::Request(RequestFate::WatermarkRefused),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Busy429),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Watermark(WatermarkKind::Stale),
            Fault::Watermark(WatermarkKind::First),
            Fault::Replay(ReplayKind::FromStart),
        ],
        may_poll: true,
        ends: &["gone"],
        ..Scope::new("history", "no watermark at the beginning: pages beside the socket")
    }
}

pub(super) fn polling() -> Scope {
    Scope {
        begins: &[Begin::Fresh, Begin::Unmarked],
        way: Way::Polling,
        faults: &[
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::CutBody),
            Fault::Request(RequestFate::WatermarkRefused),
            Fault::Status(Refusal::Busy429),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Stranger403),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Watermark(WatermarkKind::First),
            Fault::Host(HostCall::Woke),
            Fault::Host(HostCall::Down),
            Fault::Host(HostCall::Close),
        ],
        ends: &["gone", "closed"],
        ..Scope::new("polling", "polling only")
    }
}
