begin;
\ir ../setup.psql
select plan(6);

insert into kinkster.models (model, provider, shutdown_on, replacement) values ('old', 'test', kinkster.now()::date + 90, 'new');
select to_char(kinkster.now()::date + 90, 'YYYY-MM-DD') as day \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "old"}') as kinkster \gset
\set config 'select get_kinkster_chat_config(%L)'

select is(pg_temp.as_user(:'ada', :'config', :'kinkster')::jsonb ->> 'model', 'old', 'the model that is asked');
select is(
  pg_temp.as_user(:'ada', :'config', :'kinkster')::jsonb #> '{warning,shutdown_on}', to_jsonb(:'day'::text), 'and its end, months before'
);
select is(
  pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'')', :'kinkster')::jsonb #>> '{warning,message}',
  'The model old ends on ' || :'day' || '.', 'who chooses it is told'
);
select is(
  pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'', ''new'')', :'kinkster')::jsonb -> 'warning', 'null',
  'of another there is nothing to say'
);
select pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'', ''old'')', :'kinkster') as x \gset
select pg_temp.later('90 days');
select is(pg_temp.as_user(:'ada', :'config', :'kinkster')::jsonb ->> 'model', 'new', 'after its end what is asked instead');
select is(
  pg_temp.as_user(:'ada', :'config', :'kinkster')::jsonb #>> '{warning,hint}', 'new is asked instead. Choose it, or another model.', 'and why'
);

select * from finish();
rollback;
