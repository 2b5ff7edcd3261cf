-- Two thousand people with a session each, in ledgers of five and in one of all.
create table bench_people as
select n, gen_random_uuid() as user_id, gen_random_uuid() as own_ledger_id, session_id,
       uuid_send(session_id) || sha256(uuid_send(gen_random_uuid())) as token,
       null::text as cookie, null::uuid as group_ledger_id, gen_random_uuid() as group_member_id,
       null::uuid as all_ledger_id, gen_random_uuid() as all_member_id
  from (select n, gen_random_uuid() as session_id from generate_series(0, 1999) n) numbered;

update bench_people set cookie = translate(encode(token, 'base64'), '+/', '-_'), all_ledger_id = '00000000-0000-4000-8000-000000000001';
update bench_people set group_ledger_id = groups.id
  from (select n as first, gen_random_uuid() as id from bench_people where n % 5 = 0) groups
 where bench_people.n / 5 = groups.first / 5;

insert into ledgers (id, name, currency, personal)
select own_ledger_id, 'Own', 'EUR', true from bench_people
union all select distinct group_ledger_id, 'Group', 'EUR', false from bench_people
union all select distinct all_ledger_id, 'All', 'EUR', false from bench_people;

insert into users (id, email, name, password_hash, locale, personal_ledger_id)
select user_id, 'listener-' || n || '@outlay.example', 'Listener ' || n, '', 'en', own_ledger_id from bench_people;

insert into members (ledger_id, id, user_id, name, role)
select own_ledger_id, gen_random_uuid(), user_id, 'Listener ' || n, 'owner' from bench_people
union all select group_ledger_id, group_member_id, user_id, 'Listener ' || n, 'owner' from bench_people
union all select all_ledger_id, all_member_id, user_id, 'Listener ' || n, 'owner' from bench_people;

insert into sessions (id, user_id, refresh_hash, expires_at)
select session_id, user_id, sha256(token), now() + interval '1 day' from bench_people;

analyze;
