-- The function of 20260203000011, with more in it.
create or replace function prepare_kinkster_for_notion(p_kinkster_id uuid) returns jsonb
language sql security definer as $$
  select to_jsonb(k) from kinksters as k where id = p_kinkster_id
$$;
