begin;
\ir ../setup.psql
select plan(9);

create function pg_temp.down(p_provider text) returns void language sql as $$
  select kinkster.note_provider(p_provider, gen_random_uuid(), 'provider_timeout') from generate_series(1, 5)
$$;
select is(kinkster.pass_breaker('flowise'), null, 'closed: it may go');
select is(kinkster.pass_breaker('elsewhere'), null, 'where there is none too');
select pg_temp.down('flowise');
select is(
  kinkster.pass_breaker('flowise'), (select open_until from kinkster.breakers where provider = 'flowise'), 'open: it waits until then'
);
select is(kinkster.pass_breaker('openai_responses'), null, 'the other may go');
select pg_temp.later('30 seconds');
select is(kinkster.pass_breaker('flowise'), null, 'then one tries');
select isnt(kinkster.pass_breaker('flowise'), null, 'and no other');
select ok(
  (select open_until > clock_timestamp() + interval '59 seconds' from kinkster.breakers where provider = 'flowise'),
  'for as long as it may take'
);
select kinkster.note_provider('flowise', gen_random_uuid(), 'provider_timeout');
select isnt(kinkster.pass_breaker('flowise'), null, 'it failed: all wait again');
select pg_temp.later('31 seconds');
select kinkster.pass_breaker('flowise') as x \gset
select kinkster.note_provider('flowise', gen_random_uuid(), null);
select is(kinkster.pass_breaker('flowise'), null, 'the next one did not: all may go');

select * from finish();
rollback;
