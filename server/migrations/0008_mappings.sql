-- How a member counts a shared ledger among their own spending: nobody else sees it, and it is no part of the history.
create table mappings (
    ledger_id uuid    not null,
    member_id uuid    not null,
    -- One unit of the ledger's currency in that of the member's personal ledger; null where they are the same, or unknown.
    rate      numeric constraint mappings_rate_check check (rate > 0),
    version   bigint  not null default 1,
    constraint mappings_pkey primary key (ledger_id, member_id),
    constraint mappings_member_id_fkey foreign key (ledger_id, member_id)
        references members (ledger_id, id) on delete cascade
);

-- Which of one's own categories a category of the ledger stands for.
create table category_mappings (
    ledger_id       uuid not null,
    member_id       uuid not null,
    category_id     uuid not null,
    own_ledger_id   uuid not null,
    own_category_id uuid not null,
    constraint category_mappings_pkey primary key (ledger_id, member_id, category_id),
    constraint category_mappings_mapping_fkey foreign key (ledger_id, member_id)
        references mappings (ledger_id, member_id) on delete cascade,
    constraint category_mappings_category_id_fkey foreign key (ledger_id, category_id)
        references categories (ledger_id, id) on delete cascade,
    constraint category_mappings_own_category_id_fkey foreign key (own_ledger_id, own_category_id)
        references categories (ledger_id, id) on delete cascade
);
create index category_mappings_category_id_idx on category_mappings (ledger_id, category_id);
create index category_mappings_own_category_id_idx on category_mappings (own_ledger_id, own_category_id);
