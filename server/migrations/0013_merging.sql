-- A category with many expenses is merged bit by bit: see docs/adr/0022-large-merges.md.
alter table categories
    -- Where its expenses go, until it has none left and is deleted.
    add column merging_into uuid,
    -- The member who wants that; as in changes.actor.
    add column merging_by uuid,
    add constraint categories_merging_into_fkey foreign key (ledger_id, merging_into) references categories (ledger_id, id),
    -- Nothing new is to come to it meanwhile.
    add constraint categories_merging_check
        check (merging_into is null or merging_by is not null and merging_into <> id and archived_at is not null);
create index categories_merging_into_idx on categories (ledger_id, merging_into) where merging_into is not null;

-- Whether there may be such a category.
alter table ledgers add column merging boolean not null default false;
create index ledgers_merging_idx on ledgers (id) where merging;
