//! `directline serve`: the service that breaks on purpose, on its own.

use std::io;

use directline_testbed as testbed;
use directline_testbed::{Options, Plan, Script, Stop, Telling, serve};

use crate::args::{Bot, Form, Serve, Victim, Watermarks};
use crate::credential::check_secret;
use crate::problem::Problem;

pub(crate) fn run(arguments: &Serve) -> Result<(), Problem> {
    let options = options(arguments)?;
    let telling = Telling { ready: form(arguments.ready), log: form(arguments.log) };
    let stop = Stop::new();
    let asked = stop.clone();
    ctrlc::set_handler(move || asked.stop())
        .map_err(|error| Problem::fatal(format!("signals cannot be caught: {error}")))?;
    match serve(options, telling, &mut io::stdout(), &mut io::stderr(), &stop) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            let (bind, port) = (arguments.bind, arguments.port);
            let advice = match error.kind() {
                io::ErrorKind::AddrInUse => "; --port 0 takes a free one",
                _ => "",
            };
            Err(Problem::fatal(format!("port {port} of {bind}: {error}{advice}")))
        }
    }
}

/// What the arguments ask for.
fn options(arguments: &Serve) -> Result<Options, Problem> {
    let interval = Some(arguments.empty_message_interval).filter(|every| !every.is_zero());
    let page_size = usize::try_from(arguments.page_size).unwrap_or(usize::MAX);
    let mut options = Options::default()
        .with_port(arguments.port)
        .with_bind(arguments.bind)
        .with_profile(arguments.profile)
        .with_seed(arguments.seed)
        .with_bot(bot(arguments)?)
        .with_bot_status(arguments.bot_status)
        .with_bot_patience(arguments.bot_patience)
        .with_token_lifetime(arguments.token_lifetime)
        .with_stream_url_lifetime(arguments.stream_url_lifetime)
        .with_empty_message_interval(interval)
        .with_page_size(page_size)
        .with_require_user(arguments.require_user)
        .with_control(arguments.control)
        .with_collision_victim(match arguments.collision_victim {
            Victim::Old => testbed::CollisionVictim::Old,
            Victim::New => testbed::CollisionVictim::New,
        })
        .with_watermarks(match arguments.watermarks {
            Watermarks::Decimal => testbed::WatermarkStyle::Decimal,
            Watermarks::Opaque => testbed::WatermarkStyle::Opaque,
        });
    if let Some(secret) = &arguments.secret {
        check_secret("--secret", secret)?;
        options = options.with_secret(secret);
    }
    if let Some(plan) = &arguments.faults {
        let plan =
            Plan::load(plan).map_err(|error| Problem::usage(format!("--faults: {error}")))?;
        options = options.with_plan(plan);
    }
    Ok(arguments.allow_origin.iter().fold(options, |all, origin| all.with_allowed_origin(origin)))
}

fn bot(arguments: &Serve) -> Result<testbed::Bot, Problem> {
    if let Some(script) = &arguments.script {
        let script = Script::load(script);
        let script = script.map_err(|error| Problem::usage(format!("--script: {error}")))?;
        return Ok(testbed::Bot::Scripted(script));
    }
    Ok(match arguments.bot {
        Bot::Silent => testbed::Bot::Silent,
        Bot::Echo => testbed::Bot::Echo,
        Bot::Typing => testbed::Bot::EchoWithTyping,
        Bot::Counting => testbed::Bot::Counting,
    })
}

fn form(form: Form) -> testbed::Form {
    match form {
        Form::Text => testbed::Form::Text,
        Form::Json => testbed::Form::Json,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;
    use crate::args::{Arguments, Command};

    #[test]
    fn signs_of_life_come_as_often_as_is_said() {
        let interval = |arguments: &[&str]| {
            let words = ["directline", "serve"].into_iter().chain(arguments.iter().copied());
            let read = Arguments::try_parse_from(words).expect("arguments");
            let Command::Serve(serve) = read.command else { panic!("{arguments:?}") };
            let options = options(&serve).map_err(|problem| problem.message);
            options.expect("all are allowed").empty_message_interval
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(interval(&[]), seconds(20));
        assert_eq!(interval(&["--empty-message-interval", "3s"]), seconds(3));
        assert_eq!(interval(&["--empty-message-interval", "0s"]), None);
    }
}
