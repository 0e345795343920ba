-- The indexes on events, apart from the tables because a bulk load is quicker without them. Safe to run again.

-- One user's events, latest first, without a visit to the table: activity, and the first half of similar.
CREATE INDEX IF NOT EXISTS events_user ON events (user_id, at DESC) INCLUDE (item_id, amount_cents);

-- Everybody's events on one item: the other half of similar, and in activity who else bought it for how much.
CREATE INDEX IF NOT EXISTS events_item ON events (item_id, user_id) INCLUDE (amount_cents);
