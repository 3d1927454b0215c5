//! From the arguments to a conversation that has begun.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use super::Chat;
use super::doubts::Doubts;
use super::quiet::Quiet;
use crate::console::{Console, Leave};
use crate::embedded::Embedded;
use crate::feed::{Credits, Feed};
use crate::news::News;
use crate::problem::Problem;
use crate::screen::Screen;
use crate::service::Service;
use crate::settings::{self, Setup, Wanted, is_exposed, set_up};
use crate::{args, record};

/// A conversation, and what gives the terminal back that it is held on.
pub(super) struct Opened<'a> {
    pub(super) chat: Chat<'a>,
    pub(super) leave: Option<Leave>,
}

/// Begins; `None` where the user would not wait for that.
pub(super) fn open<'a>(chat: &'a args::Chat, feed: &Feed) -> Result<Option<Opened<'a>>, Problem> {
    let is_recorded_here = record::is_stdout(chat);
    let console = if chat.json || is_recorded_here { None } else { Console::open() };
    let is_interactive =
        !chat.json && !is_recorded_here && io::stdin().is_terminal() && io::stdout().is_terminal();
    let mut screen = Screen::new(chat, console.as_ref());
    let (setup, embedded) = match set_up(chat, feed, &mut |line| screen.tell(line))? {
        Wanted::Conversation(setup) => (*setup, None),
        Wanted::Embedded => {
            let embedded = Embedded::start(chat)?;
            screen.tell(embedded.introduction());
            (embedded.set_up(chat)?, Some(embedded))
        }
        Wanted::Stopped => return Ok(None),
    };
    let Setup { config, checkpoint, store, network, credential } = setup;
    let network = record::wanted(chat, network)?;
    if is_exposed(config.base()) {
        screen.tell("warning: the base is plain http, so the credential travels unencrypted");
    }
    let service = match &embedded {
        Some(_) => Service::own(config.base()),
        None => Service::at(config.base()),
    };
    let with = credential.map_or(String::new(), |name| format!(" with {name}"));
    screen.tell(&format!("connecting to {}{with}…", service.origin()));
    let handle = feed.converse(chat.driver, config, checkpoint.clone(), &network)?;
    let (credits, leave) = match &console {
        Some(console) => (Credits::unlimited(), Some(console.begin(feed).map_err(unread)?)),
        None => (feed.read_lines(), None),
    };
    let chat = Chat {
        arguments: chat,
        user: &chat.user,
        feed: feed.clone(),
        news: News::new(handle.clone(), service, checkpoint.is_some()),
        handle,
        screen,
        store,
        credits,
        embedded,
        is_interactive,
        console,
        conversation: None,
        resumed_from: checkpoint.clone(),
        position: checkpoint.clone(),
        unsaved: checkpoint,
        saved_at: None,
        newest: None,
        texts: BTreeMap::new(),
        doubts: Doubts::default(),
        // On a terminal the end of the input is typed, so it is meant.
        quiet: Quiet::new(chat.end_on_eof || is_interactive, settings::poll_interval(chat)),
        problem: None,
        unsent: 0,
        left: Vec::new(),
        late: Vec::new(),
        is_stdout_gone: false,
    };
    Ok(Some(Opened { chat, leave }))
}

fn unread(error: io::Error) -> Problem {
    Problem::fatal(format!("the terminal cannot be read: {error}"))
}
