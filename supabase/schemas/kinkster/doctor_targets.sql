-- What only a process can look at, and the database knows the names of. Security definer: who operates a worker has no
-- table rights.
create or replace function kinkster.doctor_targets()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  c_most constant integer := 10;
begin
  return pg_catalog.jsonb_build_object(
    'now', pg_catalog.clock_timestamp(),
    'models', (
      select coalesce(pg_catalog.jsonb_agg(distinct kinkster.model_in_force(m.model, kinkster.now())), '[]')
      from (select c.model from kinkster.chosen_models() as c limit c_most) as m
    ),
    'chatflows', (
      select coalesce(pg_catalog.jsonb_agg(f.chatflow_id order by f.kinksters desc, f.chatflow_id), '[]')
      from (
        select coalesce(nullif(k.flowise_chatflow_id, ''), s.default_flowise_chatflow_id) as chatflow_id, count(*) as kinksters
        from public.kinksters as k
        cross join kinkster.settings as s
        where k.provider = 'flowise' and k.is_active is not false
        group by 1
        having coalesce(nullif(k.flowise_chatflow_id, ''), s.default_flowise_chatflow_id) is not null
        order by 2 desc, 1
        limit c_most
      ) as f
    ),
    'uses_openai', exists (select from public.kinksters as k where k.provider = 'openai_responses'),
    'uses_flowise', exists (select from public.kinksters as k where k.provider = 'flowise'),
    'uses_notion', exists (select from kinkster.notion_connections as c)
  );
end
$$;

comment on function kinkster.doctor_targets() is
  'What kinkster doctor asks others about: now (the database''s real time), models that are asked today and chatflows in use (at most ten each, the most used), and whether characters use (uses_openai, uses_flowise) and users use (uses_notion) them.';

revoke execute on function kinkster.doctor_targets() from public, anon, authenticated, service_role;
grant execute on function kinkster.doctor_targets() to service_role, kinkster_worker;
