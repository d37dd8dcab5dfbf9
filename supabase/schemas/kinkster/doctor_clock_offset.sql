-- Tests move the clock; a database in use has the real time.
create or replace function kinkster.doctor_clock_offset(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_offset interval := (select s.clock_offset from kinkster.settings as s);
begin
  state := case when v_offset = interval '0' then 'ok' else 'problem' end;
  said := case
    when v_offset = interval '0' then 'kinkster.now() is the real time.'
    else pg_catalog.format('kinkster.now() is %s away from the real time.', v_offset)
  end;
  if state = 'problem' then
    todo := 'Run: update kinkster.settings set clock_offset = ''0'';';
  end if;
end
$$;

comment on function kinkster.doctor_clock_offset() is 'Whether the product''s clock shows the real time.';

revoke execute on function kinkster.doctor_clock_offset() from public, anon, authenticated, service_role;
