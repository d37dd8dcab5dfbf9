begin;
\ir ../doctor.psql
select plan(15);
insert into kinkster.models (model, provider, shutdown_on, replacement) values
('gpt-4o-mini', 'openai', null, null), ('m-ends', 'openai', '2027-03-01', 'm-next'), ('m-next', 'openai', null, null);
insert into kinkster.model_prices (model, input_usd, output_usd) select m.model, 1, 2 from kinkster.models as m;

select is(pg_temp.doctor('model_ends'), 'ok: No model that characters ask for is known to end.', 'the default has no end');
select is(pg_temp.doctor('model_prices'), 'ok: Every model that characters ask for has a price.', 'and a price');
update kinkster.settings set clock_offset = '2026-11-01 12:00 UTC'::timestamptz - clock_timestamp();
select pg_temp.new_kinkster(:'ada', '{"provider": "flowise", "openai_model": "m-ends"}') as kinkster \gset
select is(pg_temp.state('model_ends'), 'ok', 'Flowise asks no model of ours');
update public.kinksters set provider = 'openai_responses' where id = :'kinkster';
select is(
  pg_temp.doctor('model_ends'),
  'warning: Known to end: m-ends on 2027-03-01 (then: m-next). > Choose other models in time, for characters and in'
  ' kinkster.settings.default_openai_model; turns change over by themselves.', 'it is said months before'
);
update public.kinksters set is_active = false where id = :'kinkster';
select is(pg_temp.state('model_ends'), 'ok', 'nobody asks for the model of one that is switched off');
update public.kinksters set is_active = true where id = :'kinkster';
update kinkster.settings set clock_offset = '2027-03-01 00:00 UTC'::timestamptz - clock_timestamp();
select alike(pg_temp.doctor('model_ends'), 'warning: Ended: m-ends (m-next is asked). > Choose other models in time%', 'from that day on another is asked');
update kinkster.models set replacement = null where model = 'm-ends';
select is(
  pg_temp.doctor('model_ends'),
  'problem: Ended, and nothing is known to replace them: m-ends. > Choose other models, or say what replaces them:'
  ' update kinkster.models set replacement = ''…'', listed = false where model = ''…'';', 'or none is'
);
update kinkster.models set replacement = 'm-next', listed = false where model = 'm-ends';
select is(pg_temp.state('model_ends'), 'warning', 'what it says to do helps');
update kinkster.models set shutdown_on = '2027-01-01' where model = 'gpt-4o-mini';
select alike(pg_temp.doctor('model_ends'), 'warning: Ended: m-ends (m-next is asked).%', 'a default that nobody has fallen back on is not looked at');
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": null}') as other \gset
select alike(pg_temp.doctor('model_ends'), 'problem: % to replace them: gpt-4o-mini. Ended: m-ends (m-next is asked).%', 'one that somebody has');

select is(pg_temp.state('model_prices'), 'ok', 'the price is that of the model that is asked');
delete from kinkster.model_prices where model = 'm-next';
select is(
  pg_temp.doctor('model_prices'),
  'warning: Models without a price: m-ends. > If the name is right, add it:'
  ' insert into kinkster.models (model, provider) …, insert into kinkster.model_prices …', 'which may have none'
);
update public.kinksters set openai_model = 'my-own-model' where id = :'kinkster';
select alike(pg_temp.doctor('model_prices'), 'warning: Models without a price: my-own-model.%', 'a model that nobody knows has none');
insert into kinkster.models (model, provider) values ('my-own-model', 'me');
insert into kinkster.model_prices (model, input_usd, output_usd) values ('my-own-model', 1, 2);
select is(pg_temp.state('model_prices'), 'ok', 'what it says to do helps');
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.doctor_targets() ->> ''models'''), '["gpt-4o-mini", "my-own-model"]',
  'a process is told what to ask the provider about'
);

select * from finish();
rollback;
