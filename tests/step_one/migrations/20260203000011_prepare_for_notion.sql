create or replace function prepare_kinkster_for_notion(p_kinkster_id uuid) returns jsonb
language sql security definer as $$
  select jsonb_build_object('name', name) from kinksters where id = p_kinkster_id
$$;
