begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
\set stopped '{"status": "failed", "reply": "", "error_code": "worker_stopped", "error_message": "This worker stops.", "error_hint": "Another goes on."}'
update kinkster.settings set max_attempts = 1;
select pg_temp.began(:'ada', :'kinkster') as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.settled(:'began', :'stopped') as answer \gset

select is(:'answer'::jsonb ->> 'status', 'queued', 'it waits for any other');
select is((:'answer'::jsonb ->> 'retry_in_seconds')::float, 0::float, 'which may take it at once');
select is((select attempts from public.kinkster_turns), 0, 'it was nobody''s failure');
select is(pg_temp.settled(:'began', :'stopped') ->> 'status', 'queued', 'saying so twice');
select is((select attempts from public.kinkster_turns), 0, 'counts once');
select pg_temp.claimed(:'ada', :'turn') as again \gset
select pg_temp.kept(:'again', 0, 'Wel', true) as x \gset
select is(pg_temp.settled(:'again', :'stopped') ->> 'status', 'failed', 'but text that was sent to a client is not written anew');

select * from finish();
rollback;
