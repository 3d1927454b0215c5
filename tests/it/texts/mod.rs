//! TEXTS: do the documents say what the code does, do the sources keep the rules of the house, does
//! nothing leak, do the planted faults still fit?

mod blessed;
mod clauses;
mod headers;
mod packages;
mod planted;
mod redaction;
mod run_loop;
mod shown;
mod states;
mod tidy;
mod traceability;
