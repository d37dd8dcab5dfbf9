begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
create function pg_temp.still_down() returns void language sql as $$
  update kinkster.breakers set failures = 5, open_until = kinkster.now() + interval '30 seconds' where provider = 'openai_responses'
$$;
select pg_temp.still_down();
select pg_temp.began(:'ada', :'system') ->> 'turn_id' as turn \gset
select pg_temp.later('9 minutes 58 seconds'), pg_temp.still_down();
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'waiting', 'almost ten');
select pg_temp.later('35 seconds'), pg_temp.still_down();
select pg_temp.claimed(:'ada', :'turn') as given_up \gset
select is(
  :'given_up'::jsonb - array['turn_id', 'conversation_id', 'user_id', 'tag', 'reply'],
  '{"state": "settled", "status": "failed", "error": {"code": "provider_unavailable",
    "message": "The provider is having trouble, and has been for a while.", "hint": "Send the message again later."}}', 'more than ten'
);
select is((select next_attempt_at from public.kinkster_turns), null, 'it is not tried again');
select is(pg_temp.began(:'ada', :'system', p_request => :'turn') ->> 'state', 'waiting', 'whoever asks again waits again');
select ok((select asked_again_at > created_at + interval '10 minutes' from public.kinkster_turns), 'from then on');
select pg_temp.later('9 minutes'), pg_temp.still_down();
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'waiting', 'for as long');
update kinkster.breakers set failures = 0, open_until = null;
select pg_temp.later('40 minutes');
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'claimed', 'a provider that is up is asked, however long nobody was');

select * from finish();
rollback;
