begin;
\ir ../setup.psql
select plan(13);

select is(f::text, '(,,)', 'without a registry no name is a model') from kinkster.find_model('gpt-a') as f;
insert into kinkster.models (model, provider, same_as, covers, shutdown_on, replacement) values
('gpt-a', 'test', null, 'dates', '2027-01-14', 'gpt-b'),
('gpt-a-2024-05-13', 'test', null, 'itself', null, null),
('gpt-a-2024-08-06', 'test', 'gpt-a', 'itself', null, null),
('gpt-a-2024-11-20', 'test', 'gpt-a', 'itself', '2026-12-01', null),
('gpt-a-audio', 'test', null, 'all', null, null),
('gpt-a-audio-mini', 'test', null, 'itself', null, null);
select is(f::text, expected, why)
from (values
  (null, '(,,)', 'no name'),
  ('', '(,,)', 'an empty one'),
  ('gpt-a', '(gpt-a,2027-01-14,gpt-b)', 'its own name'),
  ('gpt-a-2024-08-06', '(gpt-a,2027-01-14,gpt-b)', 'another name of it ends with it'),
  ('gpt-a-2024-11-20', '(gpt-a,2026-12-01,gpt-b)', 'or before it'),
  ('gpt-a-2024-05-13', '(gpt-a-2024-05-13,,)', 'one with a date that is a model of its own'),
  ('gpt-a-2026-10-01', '(gpt-a,2027-01-14,gpt-b)', 'one with a date that nobody has listed'),
  ('gpt-a-2026-10-01-x', '(,,)', 'a date with more behind it'),
  ('gpt-a-pro', '(,,)', 'a longer name is another model'),
  ('gpt', '(,,)', 'and so is a shorter one'),
  ('gpt-a-audio-preview-1', '(gpt-a-audio,,)', 'all that begin with a name'),
  ('gpt-a-audio-mini', '(gpt-a-audio-mini,,)', 'the longest match counts')
) as n (name, expected, why)
cross join lateral kinkster.find_model(n.name) as f;

select * from finish();
rollback;
