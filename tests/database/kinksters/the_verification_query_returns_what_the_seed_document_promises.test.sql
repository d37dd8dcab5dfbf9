begin;
\ir ../setup.psql
select plan(2);

create temporary view verified as
SELECT column_name, data_type, column_default 
FROM information_schema.columns 
WHERE table_name = 'kinksters' 
AND column_name IN ('provider', 'openai_model', 'openai_instructions', 'openai_previous_response_id');

-- information_schema prints a default with its type, as 'flowise'::text.
create function pg_temp.value_of(p_default text) returns text language plpgsql as $$
declare
  v_value text;
begin
  execute 'select ' || coalesce(p_default, 'null') into v_value;
  return v_value;
end $$;

select set_eq(
  'select column_name::text, data_type::text, pg_temp.value_of(column_default) from verified',
  $$values
    ('provider', 'text', 'flowise'), ('openai_model', 'text', 'gpt-4o-mini'), ('openai_instructions', 'text', null),
    ('openai_previous_response_id', 'text', null)$$,
  'four rows, as promised'
);
select is((select count(*) from verified where column_default is null), 2::bigint, 'two of them without a default');

select * from finish();
rollback;
