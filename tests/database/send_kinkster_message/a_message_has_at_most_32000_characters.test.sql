begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset

select is(
  pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, %L)', :'kinkster', repeat('x', 32001)),
  'PT422: The message has 32001 characters; at most 32,000 are taken. (Shorten it, or send it in parts.)', 'one too many'
);
select is(
  pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, %L)', :'kinkster', repeat('🎭', 32001)),
  'PT422: The message has 32001 characters; at most 32,000 are taken. (Shorten it, or send it in parts.)', 'one emoji too many'
);
select is((select count(*) from public.kinkster_turns), 0::bigint, 'nothing is stored');
select is(
  pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, %L)', :'kinkster', repeat('🎭', 32000))::jsonb -> 'success', 'true',
  'an emoji is one character'
);
select is((select message from public.kinkster_turns), repeat('🎭', 32000), 'all of it is kept');

select * from finish();
rollback;
