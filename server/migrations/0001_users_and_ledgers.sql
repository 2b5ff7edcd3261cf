-- Who can sign in, and the ledgers that they keep.
--
-- Every table that belongs to a ledger has a primary key that begins with ledger_id, and is reached by statements that
-- name it. Constraints have names, because the API words a refusal by the name of the constraint that refused.

create table ledgers (
    id          uuid        not null constraint ledgers_pkey primary key,
    name        text        not null constraint ledgers_name_check check (char_length(name) between 1 and 100),
    -- ISO 4217. Fixed once the ledger is made: every ledger_amount and share is in it.
    currency    text        not null constraint ledgers_currency_check check (currency ~ '^[A-Z]{3}$'),
    personal    boolean     not null,
    -- The number of the latest change, taken in the transaction that writes it: it orders the history without gaps.
    seq         bigint      not null default 0 constraint ledgers_seq_check check (seq >= 0),
    version     bigint      not null default 1,
    created_at  timestamptz not null default now(),
    archived_at timestamptz
);

create table users (
    id                 uuid        not null constraint users_pkey primary key,
    email              text        not null constraint users_email_check check (char_length(email) between 3 and 254),
    name               text        not null constraint users_name_check check (char_length(name) between 1 and 100),
    password_hash      text        not null,
    locale             text        not null constraint users_locale_check check (locale in ('en', 'de')),
    personal_ledger_id uuid        not null
        constraint users_personal_ledger_id_key unique
        constraint users_personal_ledger_id_fkey references ledgers (id),
    version            bigint      not null default 1,
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now()
);
create unique index users_email_key on users (lower(email));

create table sessions (
    id            uuid        not null constraint sessions_pkey primary key,
    user_id       uuid        not null constraint sessions_user_id_fkey references users (id) on delete cascade,
    -- SHA-256 of the refresh token; the token itself is stored nowhere.
    refresh_hash  bytea       not null constraint sessions_refresh_hash_key unique,
    -- The one before it: if that comes back, somebody has a copy, and the session ends.
    previous_hash bytea       constraint sessions_previous_hash_key unique,
    user_agent    text,
    ip            text,
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz not null default now(),
    expires_at    timestamptz not null,
    revoked_at    timestamptz
);
create index sessions_user_id_idx on sessions (user_id);

-- The keys that access tokens are signed with (Ed25519), shared by all instances.
create table signing_keys (
    kid         text        not null constraint signing_keys_pkey primary key,
    private_key bytea       not null,
    public_key  bytea       not null,
    created_at  timestamptz not null default now()
);

create table members (
    ledger_id   uuid        not null constraint members_ledger_id_fkey references ledgers (id) on delete cascade,
    id          uuid        not null,
    user_id     uuid        constraint members_user_id_fkey references users (id) on delete set null,
    name        text        not null constraint members_name_check check (char_length(name) between 1 and 100),
    role        text        not null constraint members_role_check check (role in ('owner', 'editor', 'viewer')),
    -- What the member counts for where a split does not say: parts of the whole.
    weight      integer     not null default 1 constraint members_weight_check check (weight between 0 and 1000000),
    version     bigint      not null default 1,
    created_at  timestamptz not null default now(),
    archived_at timestamptz,
    constraint members_pkey primary key (ledger_id, id),
    constraint members_user_id_key unique (ledger_id, user_id)
);
create index members_user_id_idx on members (user_id);

create table categories (
    ledger_id      uuid        not null constraint categories_ledger_id_fkey references ledgers (id) on delete cascade,
    id             uuid        not null,
    parent_id      uuid,
    name           text        not null constraint categories_name_check check (char_length(name) between 1 and 100),
    icon           text        constraint categories_icon_check check (icon ~ '^[a-z0-9-]{1,40}$'),
    color          text        constraint categories_color_check check (color ~ '^#[0-9a-f]{6}$'),
    version        bigint      not null default 1,
    created_at     timestamptz not null default now(),
    archived_at    timestamptz,
    -- One level of parents, held by the key itself: a parent must be a root, and a root with children must stay one.
    is_root        boolean     generated always as (parent_id is null) stored,
    parent_is_root boolean     generated always as (case when parent_id is not null then true end) stored,
    constraint categories_pkey primary key (ledger_id, id),
    constraint categories_root_key unique (ledger_id, id, is_root),
    constraint categories_parent_id_fkey foreign key (ledger_id, parent_id, parent_is_root)
        references categories (ledger_id, id, is_root)
);
create unique index categories_name_key
    on categories (ledger_id, coalesce(parent_id, '00000000-0000-0000-0000-000000000000'), lower(name))
    where archived_at is null;
create index categories_parent_id_idx on categories (ledger_id, parent_id);
