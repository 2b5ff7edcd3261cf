-- Which change a change took back: undoing goes on with what was done before it, and not with undoing the undoing.
alter table changes
    add column reverts bigint,
    add constraint changes_reverts_check check (reverts < seq);
