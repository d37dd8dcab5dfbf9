begin;
\ir ../setup.psql
select plan(38);

-- Figures of 1,000 turns that are alike, but for what a test says.
create function pg_temp.figures(p_but jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object(
    'measured', 1000, 'errors', 20, 'error_rate', 0.02, 'ratings', 100, 'rated_good', 80, 'good_share', 0.8,
    'first_text_p50_ms', 500, 'first_text_p50_range_ms', jsonb_build_array(480, 520),
    'cost_per_message_usd', 0.001, 'cost_is_whole', true, 'hosting_per_message_usd', 0.0005
  ) || p_but
$$;
create function pg_temp.verdict(p_flowise jsonb default '{}', p_responses jsonb default '{}') returns text language sql as $$
  select kinkster.compare_providers(pg_temp.figures(p_flowise), pg_temp.figures(p_responses)) ->> 'verdict'
$$;
create function pg_temp.better(p_figure text, p_flowise jsonb default '{}', p_responses jsonb default '{}') returns text language sql as $$
  select c ->> 'better'
  from jsonb_array_elements(kinkster.compare_providers(pg_temp.figures(p_flowise), pg_temp.figures(p_responses)) -> 'comparisons') as c
  where c ->> 'figure' = p_figure
$$;
create function pg_temp.because(p_figure text, p_flowise jsonb default '{}', p_responses jsonb default '{}') returns text language sql as $$
  select c ->> 'because'
  from jsonb_array_elements(kinkster.compare_providers(pg_temp.figures(p_flowise), pg_temp.figures(p_responses)) -> 'comparisons') as c
  where c ->> 'figure' = p_figure
$$;

select is(pg_temp.verdict(), 'no_difference', 'what is alike');
select is(
  (select array_agg(c ->> 'figure') from jsonb_array_elements(kinkster.compare_providers(pg_temp.figures(), pg_temp.figures()) -> 'comparisons') as c),
  '{error_rate,first_text_p50_ms,cost_per_message_usd,good_share}', 'in order'
);

-- Too few.
select is(pg_temp.verdict('{"measured": 29, "errors": 0}'), 'too_few_turns', 'too few turns of one');
select is(pg_temp.verdict(p_responses => '{"measured": 29, "errors": 0, "first_text_p50_ms": 1}'), 'too_few_turns', 'or of the other, whatever they are like');
select is(pg_temp.verdict('{"measured": 30, "errors": 0}', '{"measured": 30, "errors": 0}'), 'no_difference', 'enough');
select is(
  kinkster.compare_providers(pg_temp.figures('{"measured": 12, "errors": 0}'), pg_temp.figures()) ->> 'because',
  'Too few turns to compare, which takes 30 of each: 12 of Flowise, 1000 of Responses.', 'it says how many'
);
select is(
  array(select distinct pg_temp.better(f, '{"measured": 12, "errors": 0, "ratings": 2, "rated_good": 2}') from unnest('{error_rate,first_text_p50_ms,cost_per_message_usd,good_share}'::text[]) as f),
  '{unknown}', 'then nothing is known to be better'
);

-- Errors.
\set many '{"errors": 60, "error_rate": 0.06}'
\set few '{"measured": 50, "errors": 3, "error_rate": 0.06}'
\set little '{"measured": 1000000, "errors": 21000, "error_rate": 0.021}'
\set lots '{"measured": 1000000, "errors": 20000, "error_rate": 0.02}'
select is(pg_temp.better('error_rate', :'many'), 'openai_responses', 'fewer errors');
select is(pg_temp.better('error_rate', p_responses => :'many'), 'flowise', 'more');
select is(pg_temp.better('error_rate', :'few'), 'neither', 'as many of few turns may be chance');
select is(pg_temp.better('error_rate', :'little', :'lots'), 'neither', 'a tenth of a point matters to nobody, beyond chance or not');
select is(
  pg_temp.because('error_rate', :'many'), 'Errors: 60 of Flowise''s 1000 turns, 20 of Responses'' 1000.', 'with the numbers behind it'
);

-- First text.
\set fast '{"first_text_p50_ms": 400, "first_text_p50_range_ms": [380, 420]}'
\set barely '{"first_text_p50_ms": 410, "first_text_p50_range_ms": [390, 430]}'
\set unsure '{"first_text_p50_ms": 300, "first_text_p50_range_ms": [100, 900]}'
select is(pg_temp.better('first_text_p50_ms', p_responses => :'fast'), 'openai_responses', 'a fifth faster');
select is(pg_temp.better('first_text_p50_ms', :'fast'), 'flowise', 'a fifth slower');
select is(pg_temp.better('first_text_p50_ms', p_responses => :'barely'), 'neither', 'less than a fifth');
select is(pg_temp.better('first_text_p50_ms', p_responses => :'unsure'), 'neither', 'much faster, and perhaps by chance');
select is(pg_temp.better('first_text_p50_ms', :'unsure'), 'neither', 'on either side');
select is(
  pg_temp.better('first_text_p50_ms', '{"first_text_p50_ms": null, "first_text_p50_range_ms": null}'), 'unknown', 'a time that is not known'
);

-- Cost.
\set cheap '{"cost_per_message_usd": 0.0009}'
\set part '{"cost_is_whole": false, "hosting_per_message_usd": null}'
select is(pg_temp.better('cost_per_message_usd', p_responses => :'cheap'), 'openai_responses', 'a tenth cheaper');
select is(pg_temp.better('cost_per_message_usd', :'cheap'), 'flowise', 'a tenth dearer');
select is(pg_temp.better('cost_per_message_usd', p_responses => '{"cost_per_message_usd": 0.00091}'), 'neither', 'less');
select is(pg_temp.better('cost_per_message_usd', :'part', :'cheap'), 'openai_responses', 'cheaper than what is known of the other''s cost alone');
select is(pg_temp.better('cost_per_message_usd', :'part'::jsonb || :'cheap'), 'unknown', 'a part that is cheaper says nothing');
select is(pg_temp.better('cost_per_message_usd', p_responses => :'part'::jsonb || :'cheap'), 'unknown', 'nor does a part of Responses''');
select is(pg_temp.better('cost_per_message_usd', '{"cost_per_message_usd": null}'), 'unknown', 'unknown is not nothing');
select is(pg_temp.better('cost_per_message_usd', p_responses => '{"cost_per_message_usd": null}'), 'unknown', 'of either');
select is(pg_temp.better('cost_per_message_usd', p_responses => '{"cost_per_message_usd": 0}'), 'openai_responses', 'what costs nothing is cheaper');
select is(
  pg_temp.better('cost_per_message_usd', '{"cost_per_message_usd": 0}', '{"cost_per_message_usd": 0}'), 'neither', 'where both cost nothing they are alike'
);
select is(
  pg_temp.because('cost_per_message_usd', :'part'),
  'Cost of 1,000 messages: at least 1.00 USD at Flowise, 1.00 USD at Responses, until flowise_monthly_cost_usd of kinkster.settings says what it costs to run.',
  'with what to do about it'
);

-- Quality.
\set liked '{"ratings": 100, "rated_good": 95, "good_share": 0.95}'
select is(pg_temp.better('good_share', p_responses => :'liked'), 'openai_responses', 'better liked');
select is(pg_temp.better('good_share', :'liked'), 'flowise', 'less liked');
select is(pg_temp.better('good_share', p_responses => '{"ratings": 100, "rated_good": 85, "good_share": 0.85}'), 'neither', 'perhaps by chance');
select is(pg_temp.better('good_share', p_responses => '{"ratings": 9, "rated_good": 9, "good_share": 1}'), 'unknown', 'too few ratings');

-- Verdicts.
select is(pg_temp.verdict(:'many', :'fast'), 'openai_responses', 'better at something and worse at nothing');
select is(pg_temp.verdict(p_responses => :'many'), 'flowise', 'the other way round');
select is(pg_temp.verdict(p_responses => :'many'::jsonb || :'fast'), 'mixed', 'better at something and worse at another');
select is(pg_temp.verdict('{"cost_per_message_usd": null}', :'fast'), 'openai_responses', 'what is not known decides nothing');
select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.compare_providers(''{}'', ''{}'')'),
  '42501: permission denied for function compare_providers', 'it is called through the report'
);

select * from finish();
rollback;
