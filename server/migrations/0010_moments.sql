-- Which state of the ledger this is: another one with everything that changes what is read of it, and never one that has been
-- before, as `seq` is where a backup is restored or a server that lagged takes over. Cached answers are found by it.
alter table ledgers add column moment uuid not null default gen_random_uuid();
