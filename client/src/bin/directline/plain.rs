//! Text from the network, made harmless for a terminal: by the rule for activities and cards.

pub(crate) use directline_activity::text::plain;
