-- Makes people and their expenses, through all constraints. Every id follows from its number, so that a script of pgbench
-- can name it: bench.id(kind, number).
create schema bench;

create function bench.id(kind integer, number bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(kind), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
$$;

create function bench.refresh_token(number bigint) returns bytea language sql immutable as $$
    select uuid_send(bench.id(4, number)) || sha256(uuid_send(bench.id(4, number)))
$$;

-- Twelve categories of a ledger: four, and two below each.
create procedure bench.categories(first bigint, last bigint) language sql as $$
    insert into categories (ledger_id, id, parent_id, name)
    select bench.id(1, l), bench.id(5, l * 16 + c), case when c >= 4 then bench.id(5, l * 16 + c % 4) end, 'Category ' || c
      from generate_series(first, last) l, generate_series(0, 11) c
$$;

-- People with these numbers, each with a session and a personal ledger of the same number.
create procedure bench.people(first bigint, last bigint, password_hash text) language sql as $$
    insert into ledgers (id, name, currency, personal)
    select bench.id(1, n), 'Own', 'EUR', true from generate_series(first, last) n;
    insert into users (id, email, name, password_hash, locale, personal_ledger_id)
    select bench.id(3, n), 'person-' || n || '@outlay.example', 'Person ' || n, password_hash, 'en', bench.id(1, n)
      from generate_series(first, last) n;
    insert into members (ledger_id, id, user_id, name, role)
    select bench.id(1, n), bench.id(2, n * 8), bench.id(3, n), 'Person ' || n, 'owner' from generate_series(first, last) n;
    insert into sessions (id, user_id, refresh_hash, expires_at)
    select bench.id(4, n), bench.id(3, n), sha256(bench.refresh_token(n)), now() + interval '1 day'
      from generate_series(first, last) n;
    call bench.categories(first, last);
$$;

-- Shared ledgers with these numbers, each of so many people one after the other, beginning with the person `begin`.
create procedure bench.groups(first bigint, last bigint, size integer, begin bigint) language sql as $$
    insert into ledgers (id, name, currency, personal)
    select bench.id(1, l), 'Shared', 'EUR', false from generate_series(first, last) l;
    insert into members (ledger_id, id, user_id, name, role)
    select bench.id(1, l), bench.id(2, l * 8 + i), bench.id(3, begin + (l - first) * size + i), 'Member ' || i, 'owner'
      from generate_series(first, last) l, generate_series(0, size - 1) i;
    call bench.categories(first, last);
$$;

-- The expenses with these numbers in each of these ledgers, over five years, paid by one and owed by all of so many members.
create procedure bench.expenses(first_ledger bigint, last_ledger bigint, size integer, first integer, last integer)
language sql as $$
    insert into expenses (ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee, category_id, tags, paid_by,
                          split, created_by)
    select bench.id(1, l), md5(l || ':' || n)::uuid, 'expense', current_date - n % 1825, a.amount, 'EUR', a.amount,
           'Payee ' || n % 500, bench.id(5, l * 16 + n % 12), '{}',
           jsonb_build_array(jsonb_build_object('member_id', bench.id(2, l * 8 + n % size), 'amount', a.amount)),
           p.split, bench.id(2, l * 8 + n % size)
      from generate_series(first_ledger, last_ledger) l
     cross join generate_series(first, last) n
     cross join lateral (select (100 + n % 9973) * size as amount) a
     cross join lateral (
           select jsonb_build_object('mode', 'equal', 'parts',
                    jsonb_agg(jsonb_build_object('member_id', bench.id(2, l * 8 + i)))) as split
             from generate_series(0, size - 1) i) p;
    insert into shares (ledger_id, expense_id, member_id, paid, owed)
    select bench.id(1, l), md5(l || ':' || n)::uuid, bench.id(2, l * 8 + i),
           case when i = n % size then (100 + n % 9973) * size else 0 end, 100 + n % 9973
      from generate_series(first_ledger, last_ledger) l
     cross join generate_series(first, last) n
     cross join generate_series(0, size - 1) i;
$$;
