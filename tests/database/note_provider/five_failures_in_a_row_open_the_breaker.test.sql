begin;
\ir ../setup.psql
select plan(12);

create function pg_temp.breaker(p_provider text) returns text language sql as $$
  select b.failures || case when b.open_until is null then ' closed' else ' open' end from kinkster.breakers as b where b.provider = p_provider
$$;
select is(pg_temp.breaker('flowise'), '0 closed', 'it begins closed');
select kinkster.note_provider('flowise', gen_random_uuid(), code) from unnest(array[
  'provider_unreachable', 'provider_unavailable', 'provider_timeout', 'provider_misbehaved'
]) as code;
select is(pg_temp.breaker('flowise'), '4 closed', 'four failures leave it so');
select kinkster.note_provider('flowise', gen_random_uuid(), code) from unnest(array[
  'provider_rate_limited', 'provider_unauthorized', 'provider_rejected', 'provider_error', 'reply_empty', 'reply_cut_off', 'worker_stopped'
]) as code;
select is(pg_temp.breaker('flowise'), '4 closed', 'what is not the provider''s being down counts for nothing');
select kinkster.note_provider('flowise', gen_random_uuid(), 'provider_timeout');
select is(pg_temp.breaker('flowise'), '5 open', 'the fifth opens it');
select ok(
  (select open_until - clock_timestamp() between interval '29 seconds' and interval '30 seconds' from kinkster.breakers where provider = 'flowise'),
  'for half a minute'
);
select is(pg_temp.breaker('openai_responses'), '0 closed', 'the other provider''s is its own');
select kinkster.note_provider('flowise', gen_random_uuid(), null);
select is(pg_temp.breaker('flowise'), '0 closed', 'a whole reply closes it');
select kinkster.note_provider('flowise', gen_random_uuid(), 'provider_timeout') from generate_series(1, 4);
select kinkster.note_provider('flowise', gen_random_uuid(), null);
select kinkster.note_provider('flowise', gen_random_uuid(), 'provider_timeout') from generate_series(1, 4);
select is(pg_temp.breaker('flowise'), '4 closed', 'in a row means in a row');
select xmin as before from kinkster.breakers where provider = 'openai_responses' \gset
savepoint well;
select kinkster.note_provider('openai_responses', gen_random_uuid(), null);
select is(
  (select xmin::text from kinkster.breakers where provider = 'openai_responses'), :'before'::text, 'while all is well nothing is written'
);
select is(pg_temp.breaker('elsewhere'), null, 'there is none of others');
select lives_ok('select kinkster.note_provider(null, null, ''provider_timeout'')', 'nor of none');
select alike(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.note_provider(''flowise'', null, null)'), '42501: %', 'a worker notes nothing by itself'
);

select * from finish();
rollback;
