begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as responses \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "flowise", "flowise_chatflow_id": "my-flow"}') as flowise \gset

-- The helper runs as the superuser, who becomes the worker.
select is(
  pg_temp.refusal_of('none', null, 'select %s', format(
    'pg_temp.began(%L, %L, ''Hello'', null, gen_random_uuid(), %L)', :'ada', kinkster, endpoint
  )),
  format(
    'PT409: This kinkster is not answered at %s. (Post to %s, or to /api/chat, which finds the route by itself.)', endpoint,
    right_one
  ), endpoint
) from (values
  (:'responses', '/api/flowise/chat', '/api/kinksters/chat'),
  (:'flowise', '/api/kinksters/chat', '/api/flowise/chat'),
  (:'flowise', '/api/else', '/api/flowise/chat')
) as e (kinkster, endpoint, right_one);
select is((select count(*) from public.kinkster_turns), 0::bigint, 'no turn');
select is((select count(*) from public.kinkster_conversations), 0::bigint, 'no conversation');
select is(
  pg_temp.began(:'ada', :'responses', p_endpoint => '/api/kinksters/chat') ->> 'state', 'claimed', 'the route of the Responses API'
);
select is(
  pg_temp.began(:'ada', :'flowise', p_endpoint => '/api/flowise/chat') ->> 'state', 'claimed', 'the route of Flowise'
);
select is(
  pg_temp.began(:'ada', pg_temp.new_kinkster(null, '{"provider": "openai_responses"}')) ->> 'state', 'claimed',
  'the route that finds its way'
);

select * from finish();
rollback;
