begin;
\ir ../setup.psql
select plan(5);

\set send 'select send_kinkster_message(%L, ''Hello'')'
alter table public.kinksters drop constraint age_is_plainly_18_or_over;

select alike(
  pg_temp.refusal(:'ada', :'send', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}' || row_)::text), refusal, why
) from (values
  ('{"is_active": false}'::jsonb, 'PT409: This kinkster is switched off. (%)', 'switched off'),
  ('{"age_range": "16 year"}', 'PT409: This kinkster''s age is not plainly 18 or over. (%)', 'age'),
  ('{"provider": "flowise"}', 'PT409: This kinkster is answered by Flowise, and no chatflow is set for it. (%)', 'no chatflow')
) as k (row_, refusal, why);
update public.profiles set submission_state = 'paused' where id = :'ada';
select is(
  pg_temp.refusal(:'ada', :'send', pg_temp.new_kinkster(null, '{"provider": "openai_responses"}')::text),
  'PT409: You have paused your chats. (Set submission_state in your profile to active when you want to go on.)', 'paused user'
);
update public.profiles set submission_state = 'low_energy' where id = :'ada';
select is(
  pg_temp.refusal(:'ada', :'send', pg_temp.new_kinkster(null, '{"provider": "openai_responses"}')::text), 'not refused',
  'low energy is no pause'
);

select * from finish();
rollback;
