begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(16);

select pg_temp.new_kinkster(:'ada', '{"name": "A card", "personality_traits": ["calm"], "hair_color": "red"}') as card \gset
select pg_temp.new_kinkster(null, '{"name": "The system''s", "openai_instructions": "You are a librarian."}') as systems \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Empty flow", "flowise_chatflow_id": "", "top_kinks": ["tea"]}') as empty \gset
select pg_temp.new_kinkster(:'bea', '{"name": "Shared 1", "bio": "x", "flowise_chatflow_id": "shared"}') as shared \gset
select pg_temp.new_kinkster(:'bea', '{"name": "Shared 2", "flowise_chatflow_id": "shared"}') as shared_bare \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Shared 3", "bio": "x", "flowise_chatflow_id": "shared", "is_active": false}') as off \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Own flow", "bio": "x", "flowise_chatflow_id": "own"}') as own \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Pair", "bio": "x", "flowise_chatflow_id": "pair"}') as pair \gset
select pg_temp.new_kinkster(:'bea', '{"name": "Pair", "bio": "x", "flowise_chatflow_id": "pair"}') as other_pair \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Bare"}') as bare \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Blank", "bio": " ", "personality_traits": ["", " "]}') as blank \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Moved", "bio": "x", "provider": "openai_responses"}') as moved \gset

select pg_temp.operator('plan_kinkster_rollout()') as plan \gset
create temp view member as select m.*, k.name from kinkster.rollout_kinksters as m join public.kinksters as k on k.id = m.kinkster_id;
select set_eq(
  'select name from member where is_simple', array['A card', 'The system''s', 'Empty flow', 'Shared 1'],
  'simple are those with a card, and no flow of their own'
);
select is((select reasons from member where name = 'A card'), array['It uses the default chatflow.', 'Its card makes a prompt: personality, appearance.'], 'it says why');
select is((select reasons[2] from member where name = 'The system''s'), 'Its card makes a prompt: instructions of its author.', 'instructions are a card');
select is((select reasons[1] from member where name = 'Empty flow'), 'It uses the default chatflow.', 'an empty flow is the default one');
select is((select reasons[1] from member where name = 'Shared 1'), 'It shares its chatflow with 2 other characters.', 'a flow of three was not made for one');
select is((select max(position) from member where name = 'Shared 1'), 4, 'which is less simple than the default');
select is(
  (select reasons from member where name = 'Own flow'), array['It has a chatflow of its own, which may do more than a prompt says.'],
  'a flow of its own stays'
);
select is((select count(*)::integer from member where name = 'Pair' and not is_simple), 2, 'so does one of two');
select matches((select reasons[1] from member where name = 'Bare'), 'no more than a name', 'a bare card stays');
select matches((select reasons[1] from member where name = 'Blank'), 'no more than a name', 'a blank one too');
select matches((select reasons[1] from member where name = 'Shared 2'), 'no more than a name', 'whatever its flow');
select is((select reasons[1] from member where name = 'Shared 3'), 'It can''t be chatted with: This kinkster is switched off.', 'and who can''t be chatted with');
select is((select count(*)::integer from member where name = 'Moved'), 0, 'who is not at Flowise is not in it');
select is(array[:'plan'::jsonb -> 'moves', :'plan'::jsonb -> 'stays'], array['4'::jsonb, '7'], 'all are counted');
select is(
  jsonb_path_query_array(:'plan'::jsonb, '$.staying[*].count'), '[3, 3, 1]', 'who stays is told by reason, the commonest first'
);
select is((select count(distinct provider)::integer from public.kinksters where name <> 'Moved'), 1, 'nobody is changed');

select * from finish();
rollback;
