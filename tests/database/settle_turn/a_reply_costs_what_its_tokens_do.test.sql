begin;
\ir ../setup.psql
select plan(10);

insert into kinkster.models (model, provider, same_as) values
('gpt-a', 'test', null), ('gpt-a-2024-07-18', 'test', 'gpt-a'), ('gpt-b', 'test', null);
insert into kinkster.model_prices (model, starts_on, input_usd, cached_input_usd, cache_write_usd, output_usd) values
('gpt-a', '-infinity', 1, 0.1, 1.25, 6), ('gpt-a', kinkster.now()::date + 30, 10, 1, 12.5, 60), ('gpt-b', '-infinity', 5, null, null, 7);
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-a"}') as kinkster \gset
\set told '{"input_tokens": 1000, "cached_tokens": 600, "cache_write_tokens": 300, "output_tokens": 100, "reasoning_tokens": 90}'
create function pg_temp.cost(p_message text) returns numeric language sql as $$
  select cost_usd from public.kinkster_turns where message = p_message
$$;

select pg_temp.talked(:'ada', :'kinkster', 'no tokens') as x \gset
select is(pg_temp.cost('no tokens'), null, 'what nobody counted has no known cost');
select pg_temp.talked(:'ada', :'kinkster', 'asked', :'told') as x \gset
select is(pg_temp.cost('asked'), 0.001135, 'by the model that was asked; reasoning is in the output');
select pg_temp.talked(:'ada', :'kinkster', 'dated', :'told'::jsonb || '{"model": "gpt-a-2024-07-18"}') as x \gset
select is(pg_temp.cost('dated'), 0.001135, 'by the name that the provider gives it');
select pg_temp.talked(:'ada', :'kinkster', 'other', :'told'::jsonb || '{"model": "gpt-b"}') as x \gset
select is(pg_temp.cost('other'), 0.0057, 'by the model that answered');
select pg_temp.talked(:'ada', :'kinkster', 'unknown', :'told'::jsonb || '{"model": "gpt-c"}') as x \gset
select is(pg_temp.cost('unknown'), null, 'that of an unknown model is unknown');
select pg_temp.talked(:'ada', :'kinkster', 'half', '{"input_tokens": 1000}') as x \gset
select is(pg_temp.cost('half'), null, 'and so is that of half the counts');
select pg_temp.talked(:'ada', :'kinkster', 'cut', :'failed'::jsonb || :'told') as x \gset
select is(pg_temp.cost('cut'), 0.001135, 'a failure costs too');

select pg_temp.began(:'ada', :'kinkster', 'late') as began \gset
select pg_temp.later('30 days');
update public.kinkster_turns set lease_expires_at = kinkster.now() + interval '1 minute' where status = 'streaming';
select pg_temp.settled(:'began', :'told') as x \gset
select is(pg_temp.cost('late'), 0.01135, 'the price is that of the day on which it ended');
select pg_temp.new_kinkster(:'ada') as flow \gset
update public.kinksters set flowise_chatflow_id = 'a-flow' where id = :'flow';
select pg_temp.talked(:'ada', :'flow', 'a flow', '{"input_tokens": 1000, "output_tokens": 100}') as x \gset
select is(pg_temp.cost('a flow'), null, 'a flow that does not say which model it asked');
select pg_temp.talked(:'ada', :'flow', 'its model', '{"input_tokens": 1000, "output_tokens": 100, "model": "gpt-b"}') as x \gset
select is(pg_temp.cost('its model'), 0.0057, 'one that does');

select * from finish();
rollback;
