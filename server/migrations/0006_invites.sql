-- Invitations by link: who has the link may join, so of the token in it only the hash is kept.
create table invites (
    ledger_id  uuid        not null constraint invites_ledger_id_fkey references ledgers (id) on delete cascade,
    id         uuid        not null,
    -- SHA-256 of the token, which names the ledger.
    token_hash bytea       not null,
    role       text        not null constraint invites_role_check check (role in ('owner', 'editor', 'viewer')),
    -- The place that it lets somebody claim; a new one where this is null.
    member_id  uuid,
    max_uses   integer     not null constraint invites_max_uses_check check (max_uses between 1 and 1000),
    uses       integer     not null default 0 constraint invites_uses_check check (uses between 0 and max_uses),
    created_by uuid        not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint invites_pkey primary key (ledger_id, id),
    constraint invites_token_hash_key unique (ledger_id, token_hash),
    constraint invites_claim_check check (member_id is null or max_uses = 1),
    constraint invites_member_id_fkey foreign key (ledger_id, member_id)
        references members (ledger_id, id) on delete cascade,
    constraint invites_created_by_fkey foreign key (ledger_id, created_by)
        references members (ledger_id, id) on delete cascade
);

alter table changes
    drop constraint changes_entity_check,
    add constraint changes_entity_check check (entity in ('ledger', 'member', 'category', 'expense', 'invite'));
