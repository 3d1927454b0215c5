//! JUDGES: does any drawn run of the simulated world break a clause? What failed once is kept, and
//! tried first.

mod corpus;
mod draw;
mod property;
mod simulation;
