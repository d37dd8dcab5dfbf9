alter table public.kinksters
  add column notion_page_id text,
  add column notion_last_synced_at timestamp with time zone,
  add column sync_status varchar(20) default 'pending',
  add column last_local_update timestamptz default now();
alter table public.kinksters alter column sync_status type text;
alter table public.kinksters add constraint sync_status_is_known
  check (sync_status in ('synced', 'pending', 'conflict', 'error', 'local_only'));
update public.kinksters set sync_status = 'local_only' where is_system_kinkster;
