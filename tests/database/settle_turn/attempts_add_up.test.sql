begin;
\ir ../setup.psql
select plan(5);

insert into kinkster.models (model, provider) values ('gpt-a', 'test');
insert into kinkster.model_prices (model, input_usd, output_usd) values ('gpt-a', 1, 0);
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-a"}') as kinkster \gset
create function pg_temp.cost() returns numeric language sql as $$ select cost_usd from public.kinkster_turns $$;

select pg_temp.began(:'ada', :'kinkster') as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.settled(:'began', :'unavailable') as x \gset
select is(pg_temp.cost(), null, 'an attempt that took nothing that we know of');
select pg_temp.later('1 minute');
select pg_temp.claimed(:'ada', :'turn') as began \gset
select pg_temp.settled(:'began', :'unavailable'::jsonb || '{"input_tokens": 1000, "output_tokens": 1}') as x \gset
select is(pg_temp.cost(), 0.001, 'one that was counted');
select pg_temp.later('1 minute');
select pg_temp.claimed(:'ada', :'turn') as began \gset
select pg_temp.settled(:'began', :'failed') as x \gset
select is(pg_temp.cost(), 0.001, 'one that was not leaves what is known');
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'turn') as began \gset
select pg_temp.settled(:'began', '{"input_tokens": 2000, "output_tokens": 1}') as x \gset
select is(pg_temp.cost(), 0.003, 'asked again, the turn has cost both');
select pg_temp.settled(:'began', '{"input_tokens": 2000, "output_tokens": 1}') as x \gset
select is(pg_temp.cost(), 0.003, 'settling it again costs nothing');

select * from finish();
rollback;
