-- How new expenses are split where they do not say: {mode, parts: [{member_id, value?}]}, as in expenses.split. No old
-- expense knows of it.
alter table ledgers add column default_split jsonb
    constraint ledgers_default_split_check check (jsonb_typeof(default_split) = 'object');
alter table categories add column default_split jsonb
    constraint categories_default_split_check check (jsonb_typeof(default_split) = 'object');
