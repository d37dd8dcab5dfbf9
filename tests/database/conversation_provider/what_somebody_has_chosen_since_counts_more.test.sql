begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(6);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.simple(:'ada', 'Early') as early \gset
select pg_temp.changed(:'ada', 'update kinksters set provider = ''openai_responses'' where id = %L', :'early') as x,
  pg_temp.changed(:'ada', 'update kinksters set provider = ''flowise'' where id = %L', :'early') as y \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(pg_temp.answers(:'ada', :'early'), 'openai_responses', 'what was chosen before is the rollout''s to change');
select is(pg_temp.answers(:'ada', :'kinkster'), 'openai_responses', 'a conversation has moved');
select pg_temp.changed(:'ada', 'update kinksters set provider = ''openai_responses'' where id = %L', :'kinkster') as x \gset
select is(pg_temp.answers(:'ada', :'kinkster'), 'openai_responses', 'its owner chooses the same');
select pg_temp.changed(:'ada', 'update kinksters set provider = ''flowise'' where id = %L', :'kinkster') as x \gset
select is(pg_temp.answers(:'ada', :'kinkster'), 'flowise', 'or Flowise, and stays there');
select pg_temp.as_role('service_role', null, 'update kinkster.rollout_kinksters set stage = null where kinkster_id = %L returning 1', :'early') as x \gset
select is(pg_temp.answers(:'ada', :'early'), 'flowise', 'the operator takes a character out again');
select is(
  pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L) ->> ''provider''', :'early'), 'flowise', 'which was said to be there all the time'
);

select * from finish();
rollback;
