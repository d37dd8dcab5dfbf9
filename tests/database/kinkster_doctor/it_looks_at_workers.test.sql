begin;
\ir ../doctor.psql
select plan(16);

create function pg_temp.worker(p_name text, p_about jsonb default '{}', p_version text default '1.0') returns text language sql as $$
  select pg_temp.as_role('kinkster_worker', null, 'select kinkster.note_worker(%L, %L, %L)', p_name, p_version, (
    '{"address": "http://127.0.0.1:8787", "queue_turns": 20, "notion": true, "openai": "responses", "flowise": true}'::jsonb || p_about
  )::text)
$$;
select is(pg_temp.doctor('workers'), 'problem: No worker has been seen in the last 90 seconds. > Start one: kinkster worker.', 'none');
select pg_temp.worker('one') as x \gset
select is(pg_temp.doctor('workers'), 'ok: Workers that run: one (1.0).', 'one');
select pg_temp.later('89 seconds');
select is(pg_temp.state('workers'), 'ok', 'that said so a while ago');
select pg_temp.later('2 seconds');
select alike(
  pg_temp.doctor('workers'), 'problem: No worker has been seen in the last 90 seconds; the last, one, at 20__-__-__ __:__ UTC. > Start one%', 'or too long ago'
);
select pg_temp.worker('one') as x \gset
select pg_temp.worker('two', '{}', '2.0') as x \gset
select is(
  pg_temp.doctor('workers'), 'warning: Workers that run: one (1.0), two (2.0). They are of several versions. > Bring the older ones up to date.', 'of two versions'
);
select pg_temp.worker('two', '{"queue_turns": 0}') as x \gset
select is(pg_temp.state('workers'), 'ok', 'one that takes messages of the queue is enough');
select pg_temp.worker('one', '{"queue_turns": 0}') as x \gset
select is(
  pg_temp.doctor('workers'),
  'problem: Workers that run: one (1.0), two (1.0). None takes messages that were sent by SQL, or tries again what failed.'
  ' > Set KINKSTER_QUEUE_TURNS over 0 at one of them.', 'none is not'
);
select pg_temp.worker('one', '{"openai": null, "flowise": false, "notion": false}') as x \gset
select pg_temp.worker('two', '{"openai": null, "flowise": false, "notion": false}') as x \gset
select is(pg_temp.state('workers'), 'ok', 'nobody needs a provider');
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as x \gset
select is(
  pg_temp.doctor('workers'),
  'problem: Workers that run: one (1.0), two (1.0). None of them has: OPENAI_API_KEY.'
  ' > Set it at the workers and start them again: there are characters or connections that need it.', 'a character does'
);
select pg_temp.new_kinkster(:'ada') as x \gset
insert into kinkster.notion_connections (user_id, sealed_token, bot_id) values (:'ada', 'sealed', 'bot');
select alike(pg_temp.doctor('workers'), '% None of them has: OPENAI_API_KEY, FLOWISE_URL, KINKSTER_NOTION_KEY.%', 'another, and a connection');
select pg_temp.worker('two') as x \gset
select is(pg_temp.state('workers'), 'ok', 'one worker that has all of it is enough');

select is(pg_temp.state('fallback'), 'ok', 'no worker uses the fallback');
select pg_temp.worker('one', '{"openai": "chat_completions"}') as x \gset
select alike(pg_temp.doctor('fallback'), 'warning: % Workers that use Chat Completions now: one. > %', 'one does');
select pg_temp.later('91 seconds');
select is(pg_temp.state('fallback'), 'ok', 'it is gone');
select pg_temp.worker('one', '{"openai": 1, "queue_turns": "many"}') as x \gset
select is(pg_temp.state('workers'), 'unknown', 'a worker that talks nonsense');
select is(pg_temp.state('queue'), 'ok', 'hides nothing else');

select * from finish();
rollback;
