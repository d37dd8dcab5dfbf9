begin;
\ir ../setup.psql
select plan(7);

create function pg_temp.why(p_row jsonb) returns text[] language sql as $$
  select array[c ->> 'can_chat', c ->> 'reason', c ->> 'hint']
  from (
    select pg_temp.as_user(
      '00000000-0000-4000-8000-00000000ada0', 'select get_kinkster_chat_config(%L)',
      pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0', '{"provider": "openai_responses"}' || p_row)::text
    )::jsonb as c
  ) as answered
$$;

select is(pg_temp.why('{}'), array['true', null, null], 'nothing in the way');
select is(pg_temp.why('{"is_active": null}'), array['true', null, null], 'a character that nobody switched off is on');
select is(
  pg_temp.why('{"is_active": false}'),
  array['false', 'This kinkster is switched off.', 'Set is_active to true to chat with it.'], 'switched off'
);
select is(
  pg_temp.why('{"provider": "flowise"}'),
  array[
    'false', 'This kinkster is answered by Flowise, and no chatflow is set for it.',
    'Set flowise_chatflow_id, ask the operator for a default chatflow, or change the provider to openai_responses.'
  ], 'no chatflow anywhere'
);
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
select is(
  pg_temp.why('{"age_range": "16 year"}'),
  array[
    'false', 'This kinkster''s age is not plainly 18 or over.',
    'Set age_range (and an age among its attributes) to one such as ''25-30'', ''30s'' or ''ageless adult''.'
  ], 'an age that is not plainly 18 or over, left by the application'
);
select is(pg_temp.why('{"age_range": " "}'), array['true', null, null], 'a blank age is none');
update public.profiles set submission_state = 'paused' where id = :'ada';
select is(
  pg_temp.why('{"is_active": false}'),
  array[
    'false', 'You have paused your chats.', 'Set submission_state in your profile to active when you want to go on.'
  ], 'a paused user comes before all else'
);

select * from finish();
rollback;
