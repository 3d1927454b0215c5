//! A host on its own, with a NATS that does what it is asked for at once, but for what a test keeps back
//! to answer itself.

use std::collections::BTreeMap;

use directline::{Checkpoint, Moment, Token};
use directline_relay::core::{
    Activity, Address, Answer, Core, Entry, Fact, Found, HostEntry, HostName, HostState, Lease,
    Name, Note, Order, OrderId, PostKey, Record, SessionId, Settings, Subject, VERSION, Wanted,
};

pub(crate) struct Rig {
    pub(crate) core: Core,
    pub(crate) now: u64,
    pub(crate) cells: BTreeMap<Address, Found>,
    revision: u64,
    /// The beginnings of the lines of what a test answers itself.
    pub(crate) keeps: Vec<&'static str>,
    pub(crate) kept: Vec<Order>,
    /// What was ordered since it was last asked for.
    lines: Vec<String>,
    /// All that was ever ordered and written, for a search.
    pub(crate) all: String,
}

impl Rig {
    /// A host that has heard nothing yet.
    pub(crate) fn new(settings: Settings) -> Rig {
        let core = Core::new(settings, host("a"), 7, Moment::ZERO);
        let (cells, revision) = (BTreeMap::new(), 100);
        let (keeps, kept, lines, all) = (vec![], vec![], vec![], String::new());
        Rig { core, now: 0, cells, revision, keeps, kept, lines, all }
    }

    /// A host that holds a lease.
    pub(crate) fn joined(settings: Settings) -> Rig {
        let mut rig = Rig::new(settings);
        rig.tell(Fact::Synced);
        assert_eq!(rig.lines().last().map(String::as_str), Some("note Joined"));
        rig
    }

    /// A host that owns a conversation and has a session of it, in which nothing was said yet.
    pub(crate) fn running(settings: Settings) -> Rig {
        let mut rig = Rig::joined(settings);
        rig.sees_entry("c", |_| {});
        rig.tell(Fact::Joined {
            conversation: name("c"),
            session: rig.session(),
            checkpoint: Checkpoint::new("id").expect("an id"),
        });
        rig.lines();
        rig
    }

    /// A host beside another, `b`, which owns that conversation; gives its lease as well.
    pub(crate) fn beside(conversation: &str) -> (Rig, Lease) {
        let mut rig = Rig::joined(Settings::default());
        let other = rig.sees_host("b", HostState::Alive);
        rig.sees_entry(conversation, |entry| entry.owner = Some(other.clone()));
        (rig, other)
    }

    pub(crate) fn tell(&mut self, fact: Fact) {
        self.core.handle(Moment::from_millis(self.now), fact);
        self.perform();
    }

    pub(crate) fn at(&mut self, now: u64, fact: Fact) {
        self.now = now;
        self.tell(fact);
    }

    /// Lets time pass, as far as the core wants to be called meanwhile.
    pub(crate) fn pass(&mut self, until: u64) {
        for calls in 0.. {
            let due = self.core.deadline().filter(|at| at.as_millis() <= until);
            let Some(at) = due else { break };
            assert!(calls < CALLS_MAX, "it wants to be called all the time");
            self.at(at.as_millis().max(self.now), Fact::Timeout);
        }
        self.now = until;
    }

    /// Lets time pass from deadline to deadline until something is so; gives how long it took.
    pub(crate) fn until(&mut self, is_so: impl Fn(&Rig) -> bool) -> u64 {
        let before = self.now;
        for _ in 0..100 {
            if is_so(self) {
                return self.now - before;
            }
            let at = self.core.deadline().expect("something is due");
            self.at(at.as_millis(), Fact::Timeout);
        }
        panic!("it never was");
    }

    /// What was ordered since this was last asked for, notes and fetches among it.
    pub(crate) fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// The same without the renewals of the lease.
    pub(crate) fn news(&mut self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !line.starts_with("put host a")).collect()
    }

    /// Performs what is ordered, and answers what is not kept back.
    pub(crate) fn perform(&mut self) {
        for orders in 0.. {
            let Some(order) = self.core.poll(Moment::from_millis(self.now)) else { break };
            assert!(orders < CALLS_MAX, "it orders the same again and again");
            self.all.push_str(&format!("{order:?}\n"));
            let line = show(&order);
            let is_kept = self.keeps.iter().any(|kept| line.starts_with(kept));
            self.lines.push(line);
            if is_kept {
                self.kept.push(order);
            } else if let Some(fact) = self.answer(order) {
                self.core.handle(Moment::from_millis(self.now), fact);
            }
        }
    }

    /// What NATS and the application answer, at once.
    pub(crate) fn answer(&mut self, order: Order) -> Option<Fact> {
        Some(match order {
            Order::Put { id, address, expected, value } => {
                let stands = self.cells.get(&address).map_or(0, |found| found.revision);
                if stands != expected {
                    return Some(Fact::Answered { id, answer: Answer::Conflict });
                }
                let revision = self.write(address, value);
                Fact::Answered { id, answer: Answer::Done(revision) }
            }
            Order::Read { id, address } => {
                Fact::Read { id, found: self.cells.get(&address).cloned() }
            }
            Order::Publish { id, .. } => Fact::Answered { id, answer: Answer::Done(1) },
            Order::AskCredential { conversation, .. } => {
                let credential = Some(Token::new(TOKEN).expect("a token").into());
                Fact::Credential { conversation, credential }
            }
            _ => return None,
        })
    }

    /// Answers the first order that was kept back as NATS would, and performs what follows.
    pub(crate) fn release(&mut self) {
        let order = self.kept.remove(0);
        if let Some(fact) = self.answer(order) {
            self.tell(fact);
        }
    }

    /// Answers the first order that was kept back with this.
    pub(crate) fn answered(&mut self, answer: Answer) {
        let id = id(&self.kept.remove(0));
        self.tell(Fact::Answered { id, answer });
    }

    /// Answers the read that was kept back last with this, whatever stands there.
    pub(crate) fn shows(&mut self, found: Option<Found>) {
        let id = id(&self.kept.pop().expect("it was asked for"));
        self.tell(Fact::Read { id, found });
    }

    /// Writes as somebody else.
    pub(crate) fn write(&mut self, address: Address, value: Option<String>) -> u64 {
        self.revision += 1;
        let revision = self.revision;
        // What is removed leaves a mark.
        let value = value.map(|value| value.as_str().into());
        self.cells.insert(address, Found { revision, value });
        revision
    }

    /// Whether a value stands there.
    pub(crate) fn has(&self, address: &Address) -> bool {
        self.cells.get(address).is_some_and(|found| found.value.is_some())
    }

    /// Another server goes on, whose numbers are lower by so much.
    pub(crate) fn renumber(&mut self, by: i64) {
        let moved = |revision: u64| revision.saturating_add_signed(-by);
        self.cells.values_mut().for_each(|found| found.revision = moved(found.revision));
        self.revision = moved(self.revision);
    }

    /// Writes as somebody else, and the watch tells of it.
    pub(crate) fn sees(&mut self, address: Address, value: Option<String>) {
        let revision = self.write(address.clone(), value.clone());
        let value = value.map(|value| value.as_str().into());
        self.tell(Fact::Seen { address, found: Found { revision, value } });
    }

    /// Somebody writes a conversation's entry: a running one of nobody's, changed.
    pub(crate) fn sees_entry(&mut self, conversation: &str, change: impl FnOnce(&mut Entry)) {
        let address = Address::Conversation(name(conversation));
        let stands = self.cells.get(&address).and_then(|found| found.value.clone());
        let mut entry =
            stands.map_or_else(free, |json| serde_json::from_str(&json).expect("an entry"));
        change(&mut entry);
        self.sees(address, Some(serde_json::to_string(&entry).expect("an entry")));
    }

    /// Another host writes its entry; gives its lease.
    pub(crate) fn sees_host(&mut self, other: &str, state: HostState) -> Lease {
        let address = Address::Host(host(other));
        let lease = lease(other, self.revision + 1);
        let entry = HostEntry { version: VERSION, number: lease.number, nonce: 1, state };
        self.sees(address, Some(serde_json::to_string(&entry).expect("an entry")));
        lease
    }

    /// Another host renews its lease.
    pub(crate) fn renews(&mut self, lease: &Lease, state: HostState) {
        let entry = HostEntry { version: VERSION, number: lease.number, nonce: 1, state };
        let value = Some(serde_json::to_string(&entry).expect("an entry"));
        self.sees(Address::Host(lease.host.clone()), value);
    }

    /// This host's lease.
    pub(crate) fn lease(&self) -> Lease {
        let value = self.value(&Address::Host(host("a")));
        let entry: HostEntry = serde_json::from_str(&value).expect("an entry");
        lease("a", entry.number)
    }

    pub(crate) fn value(&self, address: &Address) -> String {
        self.cells[address].value.as_deref().expect("something stands there").to_owned()
    }

    pub(crate) fn entry(&self) -> Entry {
        let value = self.value(&Address::Conversation(name("c")));
        serde_json::from_str(&value).expect("an entry")
    }

    pub(crate) fn record(&self) -> Record {
        serde_json::from_str(&self.value(&Address::Record(name("c")))).expect("a record")
    }

    /// The session that began last.
    pub(crate) fn session(&self) -> SessionId {
        let begun = self.all.rfind("Begin {").expect("one has begun");
        let number =
            self.all[begun..].split("SessionId(").nth(1).and_then(|it| it.split(')').next());
        SessionId(number.and_then(|number| number.parse().ok()).expect("a number"))
    }

    /// The session delivers activities from one number to another, whose checkpoint is behind them.
    pub(crate) fn delivers(&mut self, numbers: std::ops::Range<u32>, echo: Option<&str>) {
        let end = numbers.end;
        let activity = |number| Activity {
            id: Some(format!("id|{number}")),
            stamp: String::new(),
            echo: echo.map(str::to_owned),
            json: format!("{{\"n\":{number}}}").as_str().into(),
        };
        let activities = numbers.map(activity).collect();
        let checkpoint = Checkpoint::new("id").and_then(|it| it.with_watermark(end.to_string()));
        let (conversation, session) = (name("c"), self.session());
        let checkpoint = checkpoint.expect("a checkpoint");
        self.tell(Fact::Delivered { conversation, session, activities, checkpoint });
    }

    /// A post comes, as fetched.
    pub(crate) fn posts(&mut self, sequence: u64, post: &str) {
        let epoch = self.entry().epoch;
        let (conversation, activity) = (name("c"), "{}".into());
        self.tell(Fact::Post { conversation, epoch, sequence, key: key(post), activity });
    }

    /// The session says what became of a post.
    pub(crate) fn outcome(&mut self, post: &str, outcome: Option<directline_relay::core::Outcome>) {
        let (conversation, session) = (name("c"), self.session());
        self.tell(Fact::Outcome { conversation, session, key: key(post), outcome });
    }
}

pub(crate) fn host(text: &str) -> HostName {
    HostName::new(text).expect("a name")
}

pub(crate) fn lease(text: &str, number: u64) -> Lease {
    Lease { host: host(text), number }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn key(text: &str) -> PostKey {
    PostKey::new(text).expect("a key")
}

/// A running conversation of nobody's.
fn free() -> Entry {
    let wanted = Wanted::Running;
    Entry { version: VERSION, epoch: 0, owner: None, heir: None, wanted, from: None }
}

/// The first of these names that belongs to that host.
pub(crate) fn of(winner: &str, hosts: &[&str]) -> String {
    let hosts: Vec<_> = hosts.iter().map(|it| host(it)).collect();
    let names = (0..).map(|number| format!("c{number}"));
    let is_its =
        |text: &String| directline_relay::core::winner(&hosts, &name(text)) == Some(&host(winner));
    names.filter(is_its).take(1).next().expect("there are many")
}

fn id(order: &Order) -> OrderId {
    match order {
        Order::Put { id, .. } | Order::Read { id, .. } | Order::Publish { id, .. } => *id,
        other => panic!("{other:?} has no answer"),
    }
}

/// An order in a few words.
fn show(order: &Order) -> String {
    match order {
        Order::Put { address, value: None, .. } => format!("remove {address:?}"),
        Order::Put { address, .. } => format!("put {address:?}"),
        Order::Read { address, .. } => format!("read {address:?}"),
        Order::Publish { publication, .. } => match publication.subject {
            Subject::Activity(_) => format!("publish {}", publication.message_id),
            Subject::Outcome(_) => format!("tell {}", publication.message_id),
        },
        Order::AskCredential { conversation, id } => format!("ask {conversation} {id:?}"),
        Order::Begin { conversation, from, .. } => {
            let at = from.as_ref().map(|from| (from.conversation(), from.watermark()));
            format!("begin {conversation} {at:?}")
        }
        Order::Renew { conversation, .. } => format!("renew {conversation}"),
        Order::Give { key, .. } => format!("give {key}"),
        Order::Drop { conversation, .. } => format!("drop {conversation}"),
        Order::Hold { conversation, .. } => format!("hold {conversation}"),
        Order::Resume { conversation, .. } => format!("resume {conversation}"),
        Order::Fetch { conversation, .. } => format!("fetch {conversation}"),
        Order::Unfetch { conversation } => format!("unfetch {conversation}"),
        Order::Acknowledge { sequence, .. } => format!("acknowledge {sequence}"),
        Order::Reply { reply, .. } => format!("reply {reply:?}"),
        Order::Note(Note::LeaseLost { conversations }) => format!("note LeaseLost {conversations}"),
        Order::Note(note) => format!("note {note:?}"),
        Order::Leave => "leave".to_owned(),
    }
}

pub(crate) const TOKEN: &str = "t0ken-of-nobody";
/// More than any story has.
const CALLS_MAX: u32 = 10_000;
