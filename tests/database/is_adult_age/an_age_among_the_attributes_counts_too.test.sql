begin;
\ir ../setup.psql
select plan(9);

select ok(kinkster.states_adult_age(null, null), 'no age stated');
select ok(kinkster.states_adult_age('30s', '{"hair": "16 curls"}'), 'a number that is no age');
select ok(kinkster.states_adult_age('30s', '{"age": 25}'), 'two ages');
select ok(kinkster.states_adult_age(null, '{"age": null, "Age ": " "}'), 'blanks state none');
select ok(kinkster.states_adult_age(null, '["age", "16"]'), 'a list names nothing');
select ok(not kinkster.states_adult_age(null, '{"age": "16"}'), 'an attribute alone');
select ok(not kinkster.states_adult_age('30s', '{"Apparent Age": "young"}'), 'an attribute besides');
select ok(not kinkster.states_adult_age('16 year', '{"age": 25}'), 'an age_range besides');
select throws_ok(
  format('select pg_temp.new_kinkster(%L, ''{"physical_attributes": {"age": "16"}}'')', :'ada'), '23514', null,
  'the rule holds in the table'
);

select * from finish();
rollback;
