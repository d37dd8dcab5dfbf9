begin;
\ir ../setup.psql
select plan(8);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn, left(:'began'::jsonb #>> '{plan,lease}', 8) as tag \gset
create function pg_temp.shown() returns boolean language sql as 'select is_shown from public.kinkster_turns';

select pg_temp.followed(:'ada', :'turn') as x \gset
select is(pg_temp.shown(), false, 'there is none yet');
select pg_temp.kept(:'began', 0, 'Wel', false) as x \gset
select is(pg_temp.shown(), false, 'it is stored, and nobody has seen it');
savepoint unseen;
select is(
  pg_temp.settled(:'began', :'unavailable'::jsonb || '{"reply": "Wel"}') ->> 'status', 'queued', 'such an attempt is repeated'
);
rollback to unseen;
select pg_temp.followed(:'ada', :'turn') as x \gset
select is(pg_temp.shown(), true, 'somebody has');
select is(
  pg_temp.settled(:'began', :'unavailable'::jsonb || '{"reply": "Wel"}') ->> 'status', 'failed', 'such an attempt is not'
);
select pg_temp.began(:'ada', (select kinkster_id from public.kinkster_conversations), 'Two') as two \gset
select :'two'::jsonb #>> '{plan,turn_id}' as other \gset
select pg_temp.followed(:'ada', :'other') as x \gset
select xmin as before from public.kinkster_turns where id = :'other' \gset
select pg_temp.later('1 second');
select pg_temp.followed(:'ada', :'other') as x \gset
select ok(
  (select followed_until > clock_timestamp() + interval '4 seconds' from public.kinkster_turns where id = :'other'), 'who reads along is noted'
);
select is((select followed_until < clock_timestamp() + interval '6 seconds' from public.kinkster_turns where id = :'other'), true, 'not each time');
select pg_temp.later('2 seconds');
select pg_temp.followed(:'ada', :'other') as x \gset
select ok(
  (select followed_until > clock_timestamp() + interval '7 seconds' from public.kinkster_turns where id = :'other'), 'but often enough'
);

select * from finish();
rollback;
