//! DESK: what every room of the core writes on: the orders that wait to be performed, and who awaits
//! the answer to which.

use std::collections::{BTreeMap, VecDeque};

use directline::Moment;

use super::name::{HostName, Name};
use super::note::Note;
use super::order::{Address, Order, OrderId, Publication, SessionId, Ticket};
use super::settings::Settings;

/// The present moment, the settings, and the orders.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) now: Moment,
    pub(super) settings: Settings,
    pub(super) host: HostName,
    pub(super) out: VecDeque<Order>,
    awaited: BTreeMap<OrderId, Whose>,
    minted: u64,
}

/// Who awaits an answer.
#[derive(Clone, Debug)]
pub(super) enum Whose {
    /// This host's own lease.
    Membership,
    /// The number of its next one.
    Count,
    /// Who finds out whether the lease of that host has aged out.
    Burial(HostName),
    /// The entry of a conversation.
    Listing(Name),
    /// The owner of a conversation.
    Tenure(Name),
    /// A command.
    Command(Ticket),
}

impl Desk {
    pub(super) fn new(settings: Settings, host: HostName, now: Moment) -> Desk {
        let (out, awaited) = (VecDeque::new(), BTreeMap::new());
        Desk { now, settings, host, out, awaited, minted: 0 }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.out.push_back(order);
    }

    pub(super) fn note(&mut self, note: Note) {
        self.order(Order::Note(note));
    }

    pub(super) fn put(
        &mut self,
        whose: Whose,
        address: Address,
        expected: u64,
        value: Option<String>,
    ) -> OrderId {
        let id = self.await_for(whose);
        self.order(Order::Put { id, address, expected, value });
        id
    }

    pub(super) fn read(&mut self, whose: Whose, address: Address) -> OrderId {
        let id = self.await_for(whose);
        self.order(Order::Read { id, address });
        id
    }

    pub(super) fn publish(&mut self, whose: Whose, publication: Publication) -> OrderId {
        let id = self.await_for(whose);
        self.order(Order::Publish { id, publication });
        id
    }

    pub(super) fn session(&mut self) -> SessionId {
        SessionId(self.mint())
    }

    /// Who awaits this answer; nobody twice.
    pub(super) fn answered(&mut self, id: OrderId) -> Option<Whose> {
        self.awaited.remove(&id)
    }

    /// What this host does no longer counts: what was ordered of it and not performed is not, and no
    /// answer is awaited. What stops it, and what is only said, stays.
    pub(super) fn clear(&mut self) {
        self.awaited.clear();
        self.out.retain(|order| match order {
            Order::Drop { .. }
            | Order::Unfetch { .. }
            | Order::Reply { .. }
            | Order::Note(_)
            | Order::Leave => true,
            Order::Put { .. }
            | Order::Read { .. }
            | Order::Publish { .. }
            | Order::AskCredential { .. }
            | Order::Begin { .. }
            | Order::Renew { .. }
            | Order::Give { .. }
            | Order::Hold { .. }
            | Order::Resume { .. }
            | Order::Fetch { .. }
            | Order::Acknowledge { .. } => false,
        });
    }

    fn await_for(&mut self, whose: Whose) -> OrderId {
        let id = OrderId(self.mint());
        self.awaited.insert(id, whose);
        id
    }

    fn mint(&mut self) -> u64 {
        self.minted += 1;
        self.minted
    }
}
