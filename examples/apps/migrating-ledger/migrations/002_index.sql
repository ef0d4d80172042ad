CREATE INDEX IF NOT EXISTS entries_by_amount ON entries (amount);
