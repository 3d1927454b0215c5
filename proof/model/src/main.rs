//! Explores every reachable state of the real session against a small model of the service, within
//! bounds that it prints, and holds each state against the promises of the contract.

#[macro_use]
extern crate directline_shell as shell;

mod args;
mod checks;
mod events;
mod fault;
mod grants;
mod graph;
mod handed;
mod host;
mod ids;
mod judge;
mod level;
mod lines;
mod memo;
mod model;
#[cfg(test)]
mod planted;
mod report;
mod rescue;
mod run;
mod scope;
mod scopes;
mod seen;
mod service;
mod space;
mod step;
mod talk;
mod timing;
mod turn;
#[cfg(test)]
mod twin;
mod under_way;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    match shell::asked(args::USAGE, args::read) {
        args::Order::List => {
            report::list();
            ExitCode::SUCCESS
        }
        args::Order::Run(order) => {
            if run::all(&order) {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            }
        }
    }
}
