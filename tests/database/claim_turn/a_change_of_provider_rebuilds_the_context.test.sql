begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "flowise_chatflow_id": "my-flow"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as x \gset
select pg_temp.changed(:'ada', 'update kinksters set provider = ''flowise'' where id = %L', :'kinkster') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') as two \gset

select is(:'two'::jsonb #>> '{plan,provider}', 'flowise', 'the turn goes to the provider that the character has now');
select is(
  :'two'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'who is told what was said'
);
select isnt(:'two'::jsonb #>> '{plan,session_id}', null, 'in a session');
select pg_temp.changed(:'ada', 'update kinksters set provider = ''openai_responses'' where id = %L', :'kinkster') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three') as three \gset
select is(:'three'::jsonb #> '{plan,previous_response_id}', 'null', 'back again: the old chain is not picked up');
select is(
  :'three'::jsonb #> '{plan,history}',
  '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."},
    {"role": "user", "content": "Two"}, {"role": "assistant", "content": "Well met."}]', 'both turns are told'
);
-- There and back with no turn in between.
select pg_temp.changed(:'ada', 'update kinksters set provider = ''flowise'' where id = %L', :'kinkster') as x \gset
select pg_temp.changed(:'ada', 'update kinksters set provider = ''openai_responses'' where id = %L', :'kinkster') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Four') as four \gset
select is(:'four'::jsonb #> '{plan,previous_response_id}', 'null', 'there and back: the chain has ended');
select is(jsonb_array_length(:'four'::jsonb #> '{plan,history}'), 6, 'and everything is told');
select is(
  array(select continuity from public.kinkster_turns order by created_at), array['new', 'rebuilt', 'rebuilt', 'rebuilt'],
  'it is noted'
);

select * from finish();
rollback;
