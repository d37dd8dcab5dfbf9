begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"hard_limits": ["spiders", "heights"]}') as plain \gset
select pg_temp.new_kinkster(:'ada', '{"hard_limits": ["spiders", "heights"], "openai_instructions": "Be brief."}') as custom \gset
select kinkster.limits_block(null, array['spiders', 'heights']) as block \gset

select ok(
  :'block' like '%"anyone under 18, in any form"%"spiders"%"heights"', 'the block names the platform''s and the character''s'
);
select is(
  (select count(*) from regexp_matches(:'block', '^- ', 'gn')), 5::bigint, 'each limit has a line of its own'
);
select ok(prompt like e'# Rules of the platform\n%\n\n' || replace(:'block', '_', '\_') || e'\n\n# %',
  'it comes right after the rules: ' || which)
from (values ('plain', :'plain'), ('custom', :'custom')) as k (which, id),
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', k.id) as prompt;
select is(right(prompt, length(:'block') + 2), e'\n\n' || :'block', 'the same bytes end the prompt: ' || which)
from (values ('plain', :'plain'), ('custom', :'custom')) as k (which, id),
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', k.id) as prompt;

select * from finish();
rollback;
