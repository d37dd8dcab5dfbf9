begin;
\ir ../setup.psql
select plan(22);

select is(kinkster.cost_of('gpt-a', now(), 1, 0, 0, 1), null, 'without a registry nothing has a price');
insert into kinkster.models (model, provider, same_as) values
('gpt-a', 'test', null), ('gpt-a-2024-07-18', 'test', 'gpt-a'), ('plain', 'test', null), ('free', 'test', null), ('unpriced', 'test', null),
('yours', 'test', null);
insert into kinkster.model_prices (
  model, listed, starts_on, over_input_tokens, input_usd, cached_input_usd, cache_write_usd, output_usd
) values
('gpt-a', true, '-infinity', 0, 1, 0.1, 1.25, 6),
('gpt-a', true, '-infinity', 272000, 2, 0.2, 2.5, 9),
('gpt-a', true, '2026-07-30', 0, 0.2, 0.02, 0.25, 1.2),
('plain', true, '-infinity', 0, 10, null, null, 30),
('free', true, '-infinity', 0, 0, null, null, 0),
('yours', true, '-infinity', 0, 10, null, null, 30),
('yours', true, '2026-09-01', 0, 9, null, null, 29),
('yours', false, '2026-06-01', 0, 8, null, null, 28);
select is(kinkster.cost_of(model, at::timestamptz, input, cached, written, output), expected, why)
from (values
  ('gpt-a', '2026-07-29', 1000, 0, 0, 100, 0.0016, 'input and output'),
  ('gpt-a-2024-07-18', '2026-07-29', 1000, 0, 0, 100, 0.0016, 'under another name'),
  ('gpt-a', '2026-07-29', 1000, 600, 0, 100, 0.00106, 'what was read from the cache costs less'),
  ('gpt-a', '2026-07-29', 1000, 600, 300, 100, 0.001135, 'what was written to it costs more'),
  ('gpt-a', '2026-07-29', 1000, null, null, 100, 0.0016, 'nothing is said of a cache'),
  ('gpt-a', '2026-07-29', 0, 0, 0, 0, 0, 'no tokens cost nothing'),
  ('gpt-a', '2026-07-29', 272000, 0, 0, 0, 0.272, 'a long input'),
  ('gpt-a', '2026-07-29', 272001, 0, 0, 1, 0.544011, 'a longer one costs more for all of it'),
  ('gpt-a', '2026-07-30 00:00:00+00', 1000, 0, 0, 100, 0.00032, 'from the day of a new price'),
  ('gpt-a', '2026-07-30 00:00:00+02', 1000, 0, 0, 100, 0.0016, 'a day of UTC'),
  ('gpt-a', '2026-07-30', 272001, 0, 0, 0, 0.0544002, 'which knows no longer inputs'),
  ('plain', '2026-07-30', 1000, 600, 300, 100, 0.013, 'a cache without a price of its own is as other input'),
  ('free', '2026-07-30', 1000, 0, 0, 100, 0, 'free is a price'),
  ('yours', '2026-05-31', 1000, 0, 0, 0, 0.010, 'before the day of one''s own price'),
  ('yours', '2026-10-01', 1000, 0, 0, 0, 0.008, 'which goes before a later one of the list'),
  ('unpriced', '2026-07-30', 1000, 0, 0, 100, null, 'a model without a price'),
  ('unknown', '2026-07-30', 1000, 0, 0, 100, null, 'no such model'),
  (null, '2026-07-30', 1000, 0, 0, 100, null, 'no model'),
  ('gpt-a', '2026-07-30', null, 0, 0, 100, null, 'no count of the input'),
  ('gpt-a', '2026-07-30', 1000, 0, 0, null, null, 'no count of the output'),
  ('gpt-a', '2026-07-30', 1000, 600, 401, 100, null, 'more in the cache than in all')
) as c (model, at, input, cached, written, output, expected, why);

select * from finish();
rollback;
