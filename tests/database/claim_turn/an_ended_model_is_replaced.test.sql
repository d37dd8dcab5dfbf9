begin;
\ir ../setup.psql
select plan(7);

insert into kinkster.models (model, provider, shutdown_on, replacement) values
('old', 'test', kinkster.now()::date + 30, 'middle'), ('middle', 'test', kinkster.now()::date + 30, 'new');
insert into kinkster.model_prices (model, input_usd, output_usd) values ('old', 1, 1);
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "old"}') as kinkster \gset

select is(pg_temp.talked(:'ada', :'kinkster', 'before') #>> '{plan,model}', 'old', 'until its end it is asked');
select is((select replaced_model from public.kinkster_turns where message = 'before'), null, 'and nothing was replaced');
select pg_temp.later('30 days');
select is(pg_temp.talked(:'ada', :'kinkster', 'after') #>> '{plan,model}', 'new', 'then what replaces its replacement');
select is(
  (select array[model, replaced_model] from public.kinkster_turns where message = 'after'), '{new,old}', 'the turn says which, and instead of which'
);
select is(
  pg_temp.as_user(
    :'ada', 'select kinkster_consent_receipt(%L)', (select id::text from public.kinkster_turns where message = 'after')
  )::jsonb ->> 'replaced_model', 'old', 'and so does its receipt'
);
update kinkster.settings set default_openai_model = 'old';
update public.kinksters set openai_model = null where id = :'kinkster';
select is(pg_temp.talked(:'ada', :'kinkster', 'default') #>> '{plan,model}', 'new', 'the operator''s choice as well');
select is((select openai_model from public.kinksters where id = :'kinkster'), null, 'the character''s row stays as it was');

select * from finish();
rollback;
