-- Text is found by its trigrams, so that a search that few expenses or none answer does not walk the whole ledger: see
-- docs/adr/0018-search.md.

-- The pattern of what contains a text, in lower case.
create function containing(text text) returns text language sql immutable strict parallel safe
    return '%' || regexp_replace(lower(text), '([\\%_])', '\\\1', 'g') || '%';

-- The modules belong to PostgreSQL, but some distributions ship them apart, and some services do not let everybody make
-- them. Without them a search walks, as before.
do $$
begin
    create extension if not exists pg_trgm;
    create extension if not exists btree_gin;
    -- Payee and note in one, because an entry for each of them would cost more with every write; whether one of them has
    -- the text remains to be asked. New entries wait in a list, which a search reads, until there are 256 kB of them:
    -- writing them one by one took a tenth of what adding an expense takes.
    create index expenses_text_idx on expenses using gin (ledger_id, lower(payee || ' ' || note) gin_trgm_ops)
        with (gin_pending_list_limit = 256);
    -- How often which trigrams are there is what decides whether a text is looked up.
    analyze expenses;
exception
    when feature_not_supported or undefined_file or insufficient_privilege or undefined_object then
        raise warning 'a search in a large ledger will be slow without pg_trgm and btree_gin: %', sqlerrm;
end $$;
