-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- The table is new and empty: there is nothing to look through.
alter table public.kinkster_conversations
  -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
  add constraint kinkster_conversations_kinkster_id_fkey foreign key (kinkster_id)
  references public.kinksters (id) on delete cascade;
