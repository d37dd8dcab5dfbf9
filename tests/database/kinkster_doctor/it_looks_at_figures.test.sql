begin;
\ir ../doctor.psql
select plan(19);
update kinkster.settings set max_attempts = 1;

select is(pg_temp.doctor('roll_ups'), 'ok: Turns have not been added up yet.', 'there is nothing to add up');
select is(
  pg_temp.doctor('costs'), 'ok: Turns of the Responses API in the last 30 days: 0, for 0 USD as far as is known; not known: 0.', 'nothing cost anything'
);
select is(pg_temp.doctor('flowise_cost'), 'ok: No character is answered by Flowise.', 'there is no Flowise');
select alike(pg_temp.doctor('figures'), 'unknown: Replies of the last 30 days: 0 by Flowise, 0 by the Responses API; 30 of each are enough to compare them. > Wait%', 'nothing to compare');

select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "flow-1"}') as flowise \gset
select is(
  pg_temp.doctor('flowise_cost'),
  'warning: It is not known what Flowise costs a month, so the costs of the providers can''t be compared.'
  ' > Run: update kinkster.settings set flowise_monthly_cost_usd = …;', 'there is, and nobody said what it costs'
);
update kinkster.settings set flowise_monthly_cost_usd = 40;
select is(pg_temp.doctor('flowise_cost'), 'ok: Flowise costs 40 USD a month.', 'somebody did');

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "my-model"}') as responses \gset
select pg_temp.talked(:'ada', :'responses', 'Hello', '{"model": "my-model", "input_tokens": 1000, "output_tokens": 1000}') as x \gset
select alike(
  pg_temp.doctor('costs'),
  'warning: Turns of the Responses API in the last 30 days: 1, for 0 USD as far as is known; not known: 1. > See which: select model, error_code, %',
  'a model without a price'
);
insert into kinkster.models (model, provider) values ('my-model', 'me');
insert into kinkster.model_prices (model, input_usd, output_usd) values ('my-model', 100, 200);
savepoint unpriced;
select kinkster.price_turns() as x \gset
select is(pg_temp.state('costs'), 'ok', 'what it says to do helps');
rollback to unpriced;
update public.kinkster_turns set cost_usd = 0.3;
select is(pg_temp.state('costs'), 'ok', 'its cost is added later');
select alike(pg_temp.doctor('costs'), '%: 1, for 0.3000 USD as far as is known; not known: 0.', 'and counts');
select is(pg_temp.state('roll_ups'), 'ok', 'this turn is yet to be added up');
select pg_temp.later('11 minutes');
select is(
  pg_temp.doctor('roll_ups'), 'unknown: Turns have not been added up yet. > Workers do it, and none runs: see workers first.', 'nobody is there who would'
);
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.note_worker(''w'', ''1.0'', ''{}'')') as x \gset
select alike(
  pg_temp.doctor('roll_ups'), 'warning: Turns have not been added up yet. > Figures are right, but slow. See the logs of the workers%', 'somebody is, and does not'
);
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.roll_up_turns()') as x \gset
select alike(pg_temp.doctor('roll_ups'), 'ok: Turns were added up at 20__-__-__ __:__ UTC.', 'what it says to do helps');
select pg_temp.later('11 minutes');
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.note_worker(''w'', ''1.0'', ''{}'')') as x \gset
select alike(pg_temp.doctor('roll_ups'), 'warning: Turns were added up at %', 'for a while');

select count(pg_temp.talked(:'ada', :'flowise')) as x from generate_series(1, 30) \gset
select alike(pg_temp.doctor('figures'), 'unknown: Replies of the last 30 days: 30 by Flowise, 1 by the Responses API;%', 'enough of one are not enough');
select count(pg_temp.talked(:'ada', :'responses')) as x from generate_series(1, 29) \gset
savepoint failed;
select pg_temp.talked(:'ada', :'responses', 'Hm.', :'failed') as x \gset
select is(pg_temp.state('costs'), 'warning', 'many that are not known');
update public.kinkster_turns set cost_usd = 0.1 where status = 'completed';
select alike(pg_temp.doctor('costs'), 'ok: %; not known: 1.', 'one in thirty says nothing');
rollback to failed;
select is(
  pg_temp.doctor('figures'), 'ok: Replies of the last 30 days: 30 by Flowise, 30 by the Responses API; 30 of each are enough to compare them.', 'enough of both'
);

select * from finish();
rollback;
