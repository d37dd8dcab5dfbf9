-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- The table is new and empty: there is nothing to look through.
alter table public.kinkster_conversations
  -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
  add constraint kinkster_conversations_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade;
