-- A ledger always has an owner with an account, whatever path its members are changed by. Deferred to the commit, so that
-- one may hand a ledger over in any order. The lock lets of two owners who demote each other at once the second see what
-- the first has done.
create function check_owner_stays() returns trigger language plpgsql as $$
begin
    perform from ledgers where id = old.ledger_id for no key update;
    if found and not exists (
        select from members
         where ledger_id = old.ledger_id and role = 'owner' and user_id is not null and archived_at is null
    ) then
        raise exception 'ledger % would be left without an owner', old.ledger_id
            using errcode = 'check_violation', constraint = 'members_last_owner', table = 'members';
    end if;
    return null;
end $$;

create constraint trigger members_last_owner after update or delete on members
    deferrable initially deferred for each row
    when (old.role = 'owner' and old.user_id is not null and old.archived_at is null)
    execute function check_owner_stays();
