begin;
\ir ../setup.psql
select plan(6);

select is(kinkster.model_warning('unknown'), null, 'nothing is known, nothing is said');
insert into kinkster.models (model, provider, shutdown_on, replacement) values
('goes-on', 'test', null, null),
('old', 'test', kinkster.now()::date + 60, 'middle'),
('middle', 'test', kinkster.now()::date + 60, 'new'),
('alone', 'test', kinkster.now()::date + 200, null);
select to_char(kinkster.now()::date + 60, 'YYYY-MM-DD') as day \gset
select is(kinkster.model_warning('goes-on'), null, 'no end, no warning');
select is(
  kinkster.model_warning('old'), jsonb_build_object(
    'model', 'old', 'shutdown_on', :'day', 'replacement', 'new', 'message', format('The model old ends on %s.', :'day'),
    'hint', 'From then on new is asked instead. Choose it, or another model.'
  ), 'months before, with what is asked from then on'
);
select is(
  kinkster.model_warning('alone') ->> 'hint', 'Choose another model; none is known to replace it.', 'where nothing replaces it'
);
select is(kinkster.model_warning('alone') -> 'replacement', 'null', 'it says so');
select pg_temp.later('61 days');
select is(
  kinkster.model_warning('old') - array['model', 'shutdown_on', 'replacement'], jsonb_build_object(
    'message', format('The model old ended on %s.', :'day'), 'hint', 'new is asked instead. Choose it, or another model.'
  ), 'after its end'
);

select * from finish();
rollback;
