begin;
\ir ../setup.psql
select plan(8);

\set told '{"input_tokens": 1000, "cached_tokens": 600, "output_tokens": 100, "model": "gpt-new"}'
create function pg_temp.cost(p_message text) returns numeric language sql as $$
  select cost_usd from public.kinkster_turns where message = p_message
$$;
create function pg_temp.figure() returns numeric language sql as $$
  select sum(cost_usd) from kinkster.provider_metrics
$$;
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select is(kinkster.price_turns(), 0, 'nothing to price');
select pg_temp.talked(:'ada', :'kinkster', 'told', :'told') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'not told', '{"model": "gpt-new"}') as x \gset
select pg_temp.later('3 hours');
select kinkster.roll_up_turns() as x \gset
select is(pg_temp.figure(), null, 'a model without a price');

insert into kinkster.models (model, provider) values ('gpt-new', 'test');
insert into kinkster.model_prices (model, input_usd, cached_input_usd, output_usd) values ('gpt-new', 1, 0.1, 6);
select is(pg_temp.as_role('service_role', null, 'select kinkster.price_turns()'), '1', 'once it has one, its turns are priced');
select is(pg_temp.cost('told'), 0.00106, 'by their tokens');
select is(pg_temp.cost('not told'), null, 'what nobody counted stays unknown');
select is(pg_temp.figure(), 0.00106, 'and the figures know at once');
select is(kinkster.price_turns(), 0, 'only once');
select is(pg_temp.refusal_of('authenticated', :'ada', 'select kinkster.price_turns()') like '42501%', true, 'by the operator alone');

select * from finish();
rollback;
