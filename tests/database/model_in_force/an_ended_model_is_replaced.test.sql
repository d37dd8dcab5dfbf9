begin;
\ir ../setup.psql
select plan(11);

select is(kinkster.model_in_force(null, now()), null, 'of none there is none');
insert into kinkster.models (model, provider, same_as, shutdown_on, replacement) values
('goes-on', 'test', null, null, 'never-asked'),
('old', 'test', null, '2027-01-14', 'middle'),
('old-2024-07-18', 'test', 'old', null, null),
('middle', 'test', null, '2027-06-01', 'new'),
('alone', 'test', null, '2027-01-14', null),
('egg', 'test', null, '2027-01-14', 'hen'),
('hen', 'test', null, '2027-01-14', 'egg');
select is(kinkster.model_in_force(model, at::timestamptz), expected, why)
from (values
  ('unknown', '2027-01-14', 'unknown', 'what the registry does not know is asked as it is'),
  ('goes-on', '2099-01-01', 'goes-on', 'so is what has no end'),
  ('old', '2027-01-13 23:59:59+00', 'old', 'until its last second'),
  ('old', '2027-01-14 00:00:00+00', 'middle', 'then its replacement is'),
  ('old', '2027-01-14 00:00:00+02', 'old', 'days are those of UTC'),
  ('old-2024-07-18', '2027-01-14', 'middle', 'also for another name of it'),
  ('old', '2027-06-01', 'new', 'a replacement that has ended is replaced too'),
  ('alone', '2027-01-14', 'alone', 'without a replacement it stays'),
  ('egg', '2027-01-14', 'egg', 'a circle leads nowhere'),
  ('new', '2027-06-01', 'new', 'a replacement may be unknown itself')
) as m (model, at, expected, why);

select * from finish();
rollback;
