begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
select pg_temp.as_user(:'ada', 'select regenerate_kinkster_reply(%L)', :'one')::jsonb ->> 'turn_id' as again \gset

select is((select parent_turn_id from public.kinkster_turns where id = :'again'), null, 'it has no parent either');
select pg_temp.claimed(:'ada', :'again') as claimed \gset
select is(:'claimed'::jsonb #> '{plan,history}', '[]', 'so nothing came before it');
select is((select continuity from public.kinkster_turns where id = :'again'), 'new', 'it is noted');

select * from finish();
rollback;
