begin;
\ir ../setup.psql
select plan(11);

create function pg_temp.attributes_line(p_attributes jsonb) returns text language sql as $$
  select substring(
    pg_temp.as_user(
      '00000000-0000-4000-8000-00000000ada0', 'select build_kinkster_openai_instructions(%L)',
      pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0', jsonb_build_object('physical_attributes', p_attributes))::text
    ), '- Attributes: ([^\n]*)'
  )
$$;

select is(pg_temp.attributes_line('{}'), null, 'an empty object');
select is(pg_temp.attributes_line('[]'), null, 'an empty array');
select is(pg_temp.attributes_line('null'), null, 'a JSON null');
select is(pg_temp.attributes_line('{"scars": null, "height": "", "": " "}'), null, 'an object of nothing');
select is(pg_temp.attributes_line('[null, "", " "]'), null, 'an array of nothing');
select is(pg_temp.attributes_line('"tall"'), '"tall"', 'a text');
select is(pg_temp.attributes_line('["tall", null, "Tall", "freckled"]'), '"tall", "freckled"', 'an array');
select is(
  pg_temp.attributes_line('{"scars": 2, "glasses": true, "eyes": null, "hands": "ink\nstained"}'),
  '"hands: ink\nstained", "scars: 2", "glasses: true"', 'an object'
);
select is(pg_temp.attributes_line('{"": "tall"}'), '"tall"', 'a value without a name has no dangling colon');
select is(pg_temp.attributes_line('{"scars": [], "marks": {}}'), null, 'empty lists and objects inside an object');
select unalike(
  coalesce(pg_temp.attributes_line('{"hair": {"colour": null, "style": "bob"}}'), ''), '%null%',
  'a null inside an object inside an object'
);

select * from finish();
rollback;
