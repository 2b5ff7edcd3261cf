-- A deleted ledger is nobody's at once, and what was in it goes bit by bit: see docs/adr/0020-deleted-ledgers.md.
alter table ledgers add column deleted_at timestamptz;
create index ledgers_deleted_at_idx on ledgers (id) where deleted_at is not null;

-- As in 0004, but that a deleted ledger needs no owner.
create or replace function check_owner_stays() returns trigger language plpgsql as $$
begin
    perform from ledgers where id = old.ledger_id and deleted_at is null for no key update;
    if found and not exists (
        select from members
         where ledger_id = old.ledger_id and role = 'owner' and user_id is not null and archived_at is null
    ) then
        raise exception 'ledger % would be left without an owner', old.ledger_id
            using errcode = 'check_violation', constraint = 'members_last_owner', table = 'members';
    end if;
    return null;
end $$;
