begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset

select is(
  pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, %L)', :'kinkster', message),
  'PT422: The message is blank. (Send 1 to 32,000 characters.)', name
) from (values
  (null, 'null'), ('', 'empty'), ('  ', 'spaces'), (e'\n\t\r', 'line ends'), (e'\u00a0\u2003\u3000', 'wide spaces'),
  (e'\u2028\u2029\u0085', 'Unicode line ends'), (e'\u200b\u2060\ufeff', 'nothing that is seen')
) as m (message, name);
select is((select count(*) from public.kinkster_turns), 0::bigint, 'no turn');
select is((select count(*) from public.kinkster_conversations), 0::bigint, 'no conversation');

select * from finish();
rollback;
