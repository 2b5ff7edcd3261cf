-- A refresh token carries its session's id, so any earlier one is recognised by that: the hash of the one before is not
-- needed (see docs/adr/0005-sessions.md).
alter table sessions drop column previous_hash;
