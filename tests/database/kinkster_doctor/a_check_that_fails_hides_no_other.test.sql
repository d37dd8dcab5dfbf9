begin;
\ir ../doctor.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as x \gset
create function pg_temp.checks() returns setof text language sql as $$
  select jsonb_array_elements(pg_temp.as_role('service_role', null, 'select jsonb_agg(d) from kinkster_doctor() as d')::jsonb) ->> 'check'
$$;
select count(*) as checks from pg_temp.checks() \gset
select bag_eq(
  'select pg_temp.checks()',
  'select substr(p.proname, 8)::text from pg_proc as p where p.pronamespace = ''kinkster''::regnamespace and p.proname ~ ''^doctor_'' and p.pronargs = 0
   and p.proname <> ''doctor_targets''',
  'each function of a check is asked, once'
);
select is(
  pg_temp.as_role(
    'kinkster_worker', null, 'select string_agg("check", '', '') from kinkster_doctor() where state not in (''ok'', ''warning'', ''problem'', ''unknown'')
    or found is null or found !~ ''\.$'' or (state <> ''ok'') <> (todo is not null)'
  ), null, 'each has a state, a sentence, and, unless all is well, something to do'
);

savepoint well;
drop table kinkster.rollouts cascade;
select is(
  pg_temp.doctor('rollout'),
  'unknown: This could not be looked at: SQLSTATE 42P01, relation "kinkster.rollouts" does not exist. > See that the migrations have all run: kinkster migrations plan.',
  'a missing table is named'
);
drop function kinkster.doctor_columns();
select alike(pg_temp.doctor('columns'), 'unknown: This could not be looked at: SQLSTATE 42883, function kinkster.doctor_columns() does not exist. > %', 'so is a missing function');
select is((select count(*)::text from pg_temp.checks()), :'checks', 'nothing is hidden');
select is(pg_temp.state('clock_offset'), 'ok', 'the others are told');
rollback to well;

create or replace function kinkster.doctor_queue(out state text, out said text, out todo text) language plpgsql as $$
begin
  perform ('secret of a row')::integer;
end $$;
select is(
  pg_temp.doctor('queue'), 'unknown: This could not be looked at: SQLSTATE 22P02. > See that the migrations have all run: kinkster migrations plan.',
  'what a row says is not repeated'
);
select is((select count(*)::text from pg_temp.checks()), :'checks', 'again nothing is hidden');
select ok(
  not exists (select from pg_proc as p where p.proname ~ '^doctor_' and p.proname <> 'doctor_targets' and has_function_privilege('kinkster_worker', p.oid, 'execute')),
  'no check is asked but through all of them'
);

select * from finish();
rollback;
