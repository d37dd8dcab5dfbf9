begin;
\ir ../setup.psql
select plan(4);

select is(pg_temp.as_role('kinkster_worker', null, 'select kinkster.checkpoint_turns(%L)', given), answer, name) from (values
  ('[]', '{}', 'nothing'),
  ('[{"user_id": "00000000-0000-4000-8000-00000000ada0", "turn_id": "00000000-0000-4000-8000-000000000000", "lease": "00000000-0000-4000-8000-000000000000", "from": 0, "text": "x", "shown": true}]',
    '{"00000000-0000-4000-8000-000000000000": {"state": "lost"}}', 'a turn that is none')
) as c (given, answer, name);
select alike(pg_temp.refusal(:'ada', 'select kinkster.checkpoint_turns(''[]'')'), '42501: %', 'a user keeps nothing');
select alike(pg_temp.refusal_of('service_role', null, 'select kinkster.checkpoint_turns(''[]'')'), '42501: %', 'nor a service key');

select * from finish();
rollback;
