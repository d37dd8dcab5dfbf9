begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
\set receipt 'select kinkster_consent_receipt(%L) - array[''turn_id'', ''conversation_id'', ''kinkster_id'', ''asked_at'', ''ended_at'']'
\set nothing '{"success": true, "limits": null, "limits_sha256": null, "prompt_sha256": null, "provider": null, "rerouted_from": null, "model": null, "replaced_model": null}'
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'kinkster')::jsonb ->> 'turn_id' as waiting \gset

select is(
  pg_temp.as_user(:'ada', :'receipt', :'waiting')::jsonb, :'nothing'::jsonb || '{"status": "queued", "safeword_seen": false}', 'a turn that waits'
);
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster')::jsonb ->> 'turn_id' as safeword \gset
select is(
  pg_temp.as_user(:'ada', :'receipt', :'safeword')::jsonb, :'nothing'::jsonb || '{"status": "completed", "safeword_seen": true}', 'a safeword'
);
select is(
  pg_temp.as_user(:'ada', :'receipt', :'waiting')::jsonb, :'nothing'::jsonb || '{"status": "cancelled", "safeword_seen": true}',
  'and the turn that it stopped'
);
select is(
  pg_temp.refusal(:'bea', :'receipt', :'waiting'),
  'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)', 'nobody else''s'
);

select * from finish();
rollback;
