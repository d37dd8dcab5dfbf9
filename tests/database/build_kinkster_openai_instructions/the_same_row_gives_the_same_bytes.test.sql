begin;
\ir ../setup.psql
select plan(2);

select pg_temp.new_kinkster(:'ada', '{
  "hard_limits": ["spiders"], "personality_traits": ["calm", "exact"], "physical_attributes": {"b": "2", "a": "1", "long": "3"}
}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster') as prompt \gset

select is(
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster'), :'prompt', 'asked twice'
);
update public.kinksters
set dominance = 3, metadata = '{"a": 1}', openai_previous_response_id = 'resp_1', sync_status = 'error', avatar_url = 'https://example.com/a.png'
where id = :'kinkster';
update kinkster.settings set clock_offset = '3 days';
select is(
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster'), :'prompt',
  'time, and columns that describe nobody, change nothing'
);

select * from finish();
rollback;
