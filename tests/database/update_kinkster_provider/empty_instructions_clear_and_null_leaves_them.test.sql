begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"openai_instructions": "Be brief."}') as kinkster \gset

create function pg_temp.instructions_after(p_kinkster text, p_instructions text) returns text language sql as $$
  select pg_temp.as_user(
    '00000000-0000-4000-8000-00000000ada0', 'select update_kinkster_provider(%L, ''openai_responses'', null, %L)',
    p_kinkster, p_instructions
  )::jsonb ->> 'openai_instructions'
$$;

select is(pg_temp.instructions_after(:'kinkster', null), 'Be brief.', 'null leaves them');
select is(pg_temp.instructions_after(:'kinkster', ''), null, 'empty clears them');
select is(pg_temp.instructions_after(:'kinkster', 'Be kind.'), 'Be kind.', 'a text sets them');
select is(pg_temp.instructions_after(:'kinkster', e' \u00a0\n'), null, 'blank clears them too');
select is(length(pg_temp.instructions_after(:'kinkster', repeat('🎭', 32000))), 32000, '32,000 characters are kept');
select is(
  pg_temp.refusal(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'', null, %L)', :'kinkster', repeat('x', 32001)),
  'PT422: The instructions have 32001 characters; at most 32,000 are kept. (Shorten them, or move facts about the character into its bio.)',
  '32,001 are not'
);
select is(
  (select length(openai_instructions) from public.kinksters where id = :'kinkster'), 32000, 'what was there is still there'
);

select * from finish();
rollback;
