alter table public.kinksters add column if not exists flowise_chatflow_id text;
create or replace function public.count_kinksters(p_user_id uuid default null, p_roles text[] default '{}')
returns table (role text, number bigint) language sql stable set search_path = '' as $$
  select k.role, count(*) from public.kinksters as k where k.user_id = p_user_id group by k.role
$$;
