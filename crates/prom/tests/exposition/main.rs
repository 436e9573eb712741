//! Pages from outside: every one is read again by a parser that knows nothing of the writer.

mod allocations;
mod examples;
mod golden;
mod make;
mod messages;
mod pages;
mod round_trip;
mod view;
