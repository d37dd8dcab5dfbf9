begin;
\ir ../setup.psql
select plan(14);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-test", "flowise_chatflow_id": "my-flow"}') as responses \gset
select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}') as flowise \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as bare \gset
select pg_temp.talked(:'ada', :'responses', 'One', '{"response_id": "resp_one"}') as x \gset
create function pg_temp.down(p_provider text) returns void language sql as $$
  update kinkster.breakers set failures = 5, open_until = case when provider = p_provider then kinkster.now() + interval '30 seconds' end
$$;

select pg_temp.down('openai_responses');
select is(pg_temp.began(:'ada', :'bare') ->> 'state', 'waiting', 'not unless the operator says so');
update kinkster.settings set reroute_while_down = true;
select pg_temp.began(:'ada', :'responses', 'Two') as two \gset
select is(
  array[:'two'::jsonb #>> '{plan,provider}', :'two'::jsonb #>> '{plan,chatflow_id}', :'two'::jsonb #>> '{plan,model}'],
  array['flowise', 'my-flow', null], 'Flowise answers for the Responses API'
);
select is(
  :'two'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'and is told what came before'
);
select is((select rerouted_from from public.kinkster_turns where message = 'Two'), 'openai_responses', 'it is noted');
select pg_temp.settled(:'two') as x \gset
select is(
  pg_temp.as_user(:'ada', 'select kinkster_consent_receipt(%L) ->> ''rerouted_from''', :'two'::jsonb #>> '{plan,turn_id}'), 'openai_responses',
  'on the receipt too'
);
select is(
  (select openai_previous_response_id from public.kinksters where id = :'responses'), 'resp_one', 'the character''s last response is still its last'
);
select is(
  pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) ->> 'state', 'waiting', 'not for one without a chatflow'
);
select pg_temp.down('flowise');
select pg_temp.began(:'ada', :'flowise') as other_way \gset
select is(
  array[:'other_way'::jsonb #>> '{plan,provider}', :'other_way'::jsonb #>> '{plan,model}', :'other_way'::jsonb #>> '{plan,chatflow_id}'],
  array['openai_responses', 'gpt-4o-mini', null], 'and the other way around'
);
select pg_temp.settled(:'other_way', '{"response_id": "resp_elsewhere"}') as x \gset
select is((select openai_previous_response_id from public.kinksters where id = :'flowise'), null, 'which is no response of the character''s own');
select pg_temp.began(:'ada', :'responses', 'Three') as three \gset
select is(:'three'::jsonb #>> '{plan,provider}', 'openai_responses', 'once its own is back it answers');
select is(:'three'::jsonb #> '{plan,previous_response_id}', 'null', 'and does not know what the other did');
select is(jsonb_array_length(:'three'::jsonb #> '{plan,history}'), 4, 'so it is told');
select is((select rerouted_from from public.kinkster_turns where message = 'Three'), null, 'it is on its own way again');
update kinkster.breakers set failures = 5, open_until = kinkster.now() + interval '30 seconds';
select is(pg_temp.began(:'ada', :'flowise', 'Four') ->> 'state', 'waiting', 'when both are down it waits');

select * from finish();
rollback;
