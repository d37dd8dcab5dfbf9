begin;
\ir ../setup.psql
select plan(9);

insert into kinkster.models (model, provider, covers) values ('gpt-a', 'test', 'dates');
create function pg_temp.attempt(p_settled jsonb) returns jsonb language sql as $$
  select jsonb_build_array(p_settled -> 'model', p_settled -> 'cost_usd')
$$;
insert into kinkster.model_prices (model, input_usd, output_usd) values ('gpt-a', 1, 0);
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-a"}') as kinkster \gset
create function pg_temp.cost() returns numeric language sql as $$ select cost_usd from public.kinkster_turns $$;

select pg_temp.began(:'ada', :'kinkster') as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.settled(:'began', :'unavailable') as told \gset
select is(pg_temp.cost(), null, 'an attempt that took nothing that we know of');
select is(pg_temp.attempt(:'told'), '["gpt-a", null]', 'of which the worker is told');
select pg_temp.later('1 minute');
select pg_temp.claimed(:'ada', :'turn') as began \gset
select pg_temp.settled(:'began', :'unavailable'::jsonb || '{"input_tokens": 1000, "output_tokens": 1}') as x \gset
select is(pg_temp.cost(), 0.001, 'one that was counted');
select pg_temp.later('1 minute');
select pg_temp.claimed(:'ada', :'turn') as began \gset
select pg_temp.settled(:'began', :'failed') as x \gset
select is(pg_temp.cost(), 0.001, 'one that was not leaves what is known');
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'turn') as began \gset
\set told_of '{"input_tokens": 2000, "output_tokens": 1, "model": "gpt-unknown"}'
insert into kinkster.models (model, provider, same_as) values ('gpt-unknown', 'test', 'gpt-a');
select pg_temp.settled(:'began', :'told_of') as told \gset
select is(pg_temp.cost(), 0.003, 'asked again, the turn has cost both');
select is(pg_temp.attempt(:'told'), '["gpt-a", 0.002]', 'the worker is told of this attempt alone, and which model was asked');
select is(pg_temp.attempt(pg_temp.settled(:'began', :'told_of')), '["gpt-a", 0.002]', 'twice, when the answer was lost');
select is(pg_temp.cost(), 0.003, 'settling it again costs nothing');

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "anything-at-all"}') as other \gset
select is(
  pg_temp.attempt(pg_temp.settled(pg_temp.began(:'ada', :'other'), '{"model": "gpt-a"}')), '[null, null]',
  'a model that the registry does not know has no name there'
);

select * from finish();
rollback;
