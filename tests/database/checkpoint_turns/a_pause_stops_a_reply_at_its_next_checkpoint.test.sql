begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset

select pg_temp.began(:'ada', :'kinkster', 'One') as one \gset
update public.profiles set submission_state = 'paused' where id = :'ada';
select is(pg_temp.kept(:'one', 0, 'Wel'), 'lost', 'of a user who paused in their profile');
select is(
  (select array[status, reply, error_code] from public.kinkster_turns), array['cancelled', 'Wel', 'paused'], 'it is cancelled, and its text kept'
);
select isnt((select finished_at from public.kinkster_turns), null, 'it is over');
select is(pg_temp.settled(:'one') #>> '{error,code}', 'paused', 'its worker is told why');

update public.profiles set submission_state = 'low_energy' where id = :'ada';
select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select is(pg_temp.kept(:'two', 0, 'Wel'), 'kept', 'low energy is no pause');
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''paused''') as x \gset
select is(pg_temp.kept(:'two', 3, 'l'), 'lost', 'of a conversation that was paused');

select * from finish();
rollback;
