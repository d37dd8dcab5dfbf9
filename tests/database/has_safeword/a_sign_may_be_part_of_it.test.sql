begin;
\ir ../setup.psql
select plan(5);

select is(kinkster.has_safeword(message, array[safeword]), answer, name) from (values
  ('please, red-light!', 'Red-Light', true, 'a hyphen'), ('red light', 'red-light', false, 'is no space'),
  ('I said don''t', 'don''t', true, 'an apostrophe'), ('!!!', '!!', true, 'signs alone'), ('wait !', '!', true, 'one sign')
) as t (message, safeword, answer, name);

select * from finish();
rollback;
