drop view if exists public.latest_messages;
alter table public.messages drop column draft;
alter table public.messages rename column content to body;
create index messages_conversation_idx on public.messages using btree (conversation_id, id desc);
drop policy "Profiles are viewable by everyone" on public.profiles;
create policy "Users can view own profile" on public.profiles for select using ((select auth.uid()) = id);
