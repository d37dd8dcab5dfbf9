-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_conversations.sql (sha256 ba928696ab769870c04fca55851bd969c5a9fc8d01713035b68d8a4a47b98ce8)
create index kinkster_conversations_head_idx on public.kinkster_conversations (user_id, id, head_turn_id);
