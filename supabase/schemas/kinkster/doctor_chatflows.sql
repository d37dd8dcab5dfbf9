-- A character of Flowise without a chatflow can't be chatted with, unless there is a default.
create or replace function kinkster.doctor_chatflows(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_default text;
  v_none bigint;
  v_own bigint;
  v_id uuid;
begin
  select s.default_flowise_chatflow_id into v_default from kinkster.settings as s;
  select
    count(*) filter (where coalesce(k.flowise_chatflow_id, '') = ''),
    count(*) filter (where k.flowise_chatflow_id <> ''),
    (pg_catalog.array_agg(k.id order by k.id) filter (where coalesce(k.flowise_chatflow_id, '') = ''))[1]
  into v_none, v_own, v_id
  from public.kinksters as k
  where k.provider = 'flowise' and k.is_active is not false;
  state := case when v_none > 0 and v_default is null then 'problem' else 'ok' end;
  said := pg_catalog.format(
    'Characters of Flowise: %s with a chatflow of their own, %s with %s.', v_own, v_none,
    case when v_default is null then 'none' else 'the default' end
  );
  if state = 'problem' then
    said := said || pg_catalog.format(' Those can''t be chatted with, such as %s.', v_id);
    todo := 'Run: update kinkster.settings set default_flowise_chatflow_id = ''…''; or set their flowise_chatflow_id.';
  end if;
end
$$;

comment on function kinkster.doctor_chatflows() is 'Whether every character of Flowise has a chatflow, its own or the default.';

revoke execute on function kinkster.doctor_chatflows() from public, anon, authenticated, service_role;
