begin;
\ir ../setup.psql
select plan(4);

update public.profiles set hard_limits = '{crowds}' where id = :'ada';
create table public.asked as
select pg_temp.new_kinkster(:'ada', '{"bio": "Keeps a lighthouse.", "physical_attributes": {"eyes": "green"}}') as id;
select pg_temp.new_kinkster(:'bea') as foreign_one \gset
grant select on public.asked to authenticated, service_role;
alter table public.asked set (parallel_workers = 2);
create function public.process() returns integer language sql parallel safe as 'select pg_catalog.pg_backend_pid()';

select pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(id) from public.asked') as prompt \gset
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
set local parallel_leader_participation = off;
select public.process() as leader \gset

select set_config('request.jwt.claims', jsonb_build_object('sub', :'ada', 'role', 'authenticated')::text, true) \g /dev/null
set local role authenticated;
select build_kinkster_openai_instructions(id) as parallel, process() <> :leader as elsewhere from public.asked \gset
reset role;
select ok(:'elsewhere', 'another process than the session''s is asked');
select is(:'parallel'::text, :'prompt'::text, 'it knows the caller: the same prompt, with the caller''s own limits');

update public.asked set id = :'foreign_one';
select matches(
  pg_temp.refusal_of('authenticated', :'ada', 'select build_kinkster_openai_instructions(id) from public.asked'), '^PT404: ',
  'row security holds there as anywhere'
);

select set_config('request.jwt.claims', '{"role": "service_role"}', true) \g /dev/null
set local role service_role;
select build_kinkster_openai_instructions(id) as parallel from public.asked \gset
reset role;
select ok(:'parallel' like '# Rules of the platform%"Mira"%', 'an operator is given any');

select * from finish();
rollback;
