-- A worker says that it runs.
create or replace function kinkster.note_worker(p_worker text, p_version text, p_about jsonb)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
begin
  insert into kinkster.workers as w (name, version, seen_at, about)
  values (p_worker, p_version, v_now, p_about)
  on conflict (name) do update
  set version = excluded.version, seen_at = excluded.seen_at, about = excluded.about;
  delete from kinkster.workers as w where w.seen_at < v_now - interval '1 day';
end
$$;

comment on function kinkster.note_worker(text, text, jsonb) is
  'Notes that a worker runs, and what it does (kinkster.workers.about); forgets those not seen for a day.';

revoke execute on function kinkster.note_worker(text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_worker(text, text, jsonb) to kinkster_worker;
