alter table public.profiles
  add column if not exists notion_parent_page_id text,
  add column if not exists notion_kinksters_database_id text,
  add column if not exists notion_workspace_id text,
  add column if not exists notion_access_token text;
