-- One message and its reply. Inserted once, claimed, and settled; a message lives nowhere else. Clients read; the
-- functions write. No index names what changes after the insert, and a page keeps room, so that each later write is HOT.
create table public.kinkster_turns (
  user_id uuid not null default auth.uid(),
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  parent_turn_id uuid,
  created_at timestamptz not null default kinkster.now(),
  message text not null,
  status text not null default 'queued',
  reply text not null default '',
  provider text,
  api text,
  model text,
  response_id text,
  session_id uuid,
  session_follows_turn_id uuid,
  continuity text,
  prompt_sha256 text,
  limits_sha256 text,
  attempts integer not null default 0,
  worker text,
  lease uuid,
  lease_expires_at timestamptz,
  next_attempt_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  first_text_ms integer,
  input_tokens bigint,
  cached_tokens bigint,
  output_tokens bigint,
  reasoning_tokens bigint,
  error_code text,
  error_message text,
  error_hint text,
  asked_again_at timestamptz,
  is_shown boolean not null default false,
  reply_is_stale boolean not null default false,
  followed_until timestamptz,
  session_taken boolean not null default false,
  rerouted_from text,
  limits jsonb,
  safeword_seen boolean not null default false,
  cache_write_tokens bigint,
  cost_usd numeric,
  replaced_model text,
  rebuilt_because text,
  primary key (user_id, id),
  constraint turn_stays_in_its_conversation unique (user_id, conversation_id, id),
  constraint turn_belongs_to_a_conversation foreign key (user_id, conversation_id)
    references public.kinkster_conversations (user_id, id) on delete cascade,
  constraint parent_is_in_the_same_conversation foreign key (user_id, conversation_id, parent_turn_id)
    references public.kinkster_turns (user_id, conversation_id, id) on delete set null (parent_turn_id),
  constraint turn_is_not_its_own_parent check (parent_turn_id <> id),
  constraint message_is_not_blank check (not kinkster.is_blank(message)),
  constraint message_is_at_most_32000_characters check (char_length(message) <= 32000),
  constraint turn_status_is_known check (status in ('queued', 'streaming', 'completed', 'failed', 'cancelled')),
  constraint turn_provider_is_known check (provider in ('flowise', 'openai_responses')),
  constraint turn_api_is_known check (api in ('responses', 'chat_completions', 'flowise')),
  constraint turn_continuity_is_known check (continuity in ('new', 'chained', 'rebuilt')),
  constraint turn_rebuilt_because_is_known check (
    rebuilt_because in ('provider_changed', 'limits_changed', 'unfinished', 'branched', 'stateless', 'forgotten')
  ),
  constraint streaming_turn_has_a_lease check (
    status <> 'streaming' or (lease is not null and lease_expires_at is not null)
  ),
  constraint completed_turn_has_a_reply check (
    status <> 'completed' or (not kinkster.is_blank(reply) and error_code is null)
  ),
  constraint failed_turn_says_why check (
    status <> 'failed' or (error_code is not null and error_message is not null and error_hint is not null)
  )
) with (fillfactor = 75);

alter table public.kinkster_conversations
  add constraint head_is_in_the_conversation foreign key (user_id, id, head_turn_id)
  references public.kinkster_turns (user_id, conversation_id, id) on delete set null (head_turn_id);

-- The way to the turns that follow one. It names no user and no conversation: else Postgres takes it for as good a way to a
-- single turn as the key is, and reads all turns of a conversation, or of a user, to check a foreign key.
create index kinkster_turns_parent_idx on public.kinkster_turns (parent_turn_id);
create index kinkster_turns_created_at_idx on public.kinkster_turns (created_at);

comment on table public.kinkster_turns is
  'One row per message and its reply. Clients insert through send_kinkster_message and read; only the worker''s functions settle.';
comment on column public.kinkster_turns.user_id is 'Whose turn it is.';
comment on column public.kinkster_turns.id is 'The turn; also the request id under which it was sent, so that sending twice is sending once.';
comment on column public.kinkster_turns.conversation_id is 'The conversation it belongs to.';
comment on column public.kinkster_turns.parent_turn_id is 'The turn before it on its branch; null for the first.';
comment on column public.kinkster_turns.created_at is 'When the message was stored.';
comment on column public.kinkster_turns.message is 'What the user said: 1 to 32,000 characters.';
comment on column public.kinkster_turns.status is 'queued, streaming, completed, failed or cancelled. Only completed means that the reply is whole.';
comment on column public.kinkster_turns.reply is 'What the character said: whole when completed, what had arrived otherwise.';
comment on column public.kinkster_turns.provider is 'Who was asked, or could not be since it was down.';
comment on column public.kinkster_turns.api is 'Which protocol answered: responses, chat_completions or flowise.';
comment on column public.kinkster_turns.model is 'Model that was asked, and from the reply on the model that answered. Of Flowise, the model that a flow said it had asked, when it was one.';
comment on column public.kinkster_turns.response_id is 'The provider''s id of the reply: a cache, never the truth.';
comment on column public.kinkster_turns.session_id is 'Flowise session that the turn was sent in.';
comment on column public.kinkster_turns.session_follows_turn_id is
  'Turn after which that session began. Flowise keeps no history that it is given, so the transcript up to here goes along each time.';
comment on column public.kinkster_turns.continuity is
  'new: nothing came before; chained: the provider remembered; rebuilt: the context was sent from the transcript.';
comment on column public.kinkster_turns.prompt_sha256 is 'SHA-256 (hex) of the instructions that the provider was given.';
comment on column public.kinkster_turns.limits_sha256 is 'SHA-256 (hex) of the hard limits block in force.';
comment on column public.kinkster_turns.attempts is 'Attempts at an answer since it was last asked for; one that a stopping worker handed back does not count.';
comment on column public.kinkster_turns.worker is 'Name of the worker that claimed it last.';
comment on column public.kinkster_turns.lease is 'Proof of that claim.';
comment on column public.kinkster_turns.lease_expires_at is 'When others may claim the turn unless a checkpoint renews the lease.';
comment on column public.kinkster_turns.next_attempt_at is 'When a queued turn is tried again; when a failed one may be sent again, if the provider said so.';
comment on column public.kinkster_turns.started_at is 'When it was last claimed.';
comment on column public.kinkster_turns.finished_at is 'When it was settled.';
comment on column public.kinkster_turns.first_text_ms is 'Milliseconds from the claim to the first text.';
comment on column public.kinkster_turns.input_tokens is 'Tokens sent, as the provider counts; null when it does not say.';
comment on column public.kinkster_turns.cached_tokens is 'Those of them read from its cache.';
comment on column public.kinkster_turns.output_tokens is 'Tokens received, reasoning included.';
comment on column public.kinkster_turns.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column public.kinkster_turns.error_code is 'Why it failed or was cancelled, as a code of docs/errors.md.';
comment on column public.kinkster_turns.error_message is 'The same as a sentence.';
comment on column public.kinkster_turns.error_hint is 'What to do about it.';
comment on column public.kinkster_turns.asked_again_at is 'When the same request was sent again after it had failed; null when it was sent once.';
comment on column public.kinkster_turns.is_shown is 'Whether a client was sent text of this attempt. Such an attempt is never repeated by itself.';
comment on column public.kinkster_turns.reply_is_stale is 'Whether the reply is what an earlier attempt had streamed, kept until this one has text.';
comment on column public.kinkster_turns.followed_until is 'Until when a client is known to read along at another worker than the one that answers.';
comment on column public.kinkster_turns.session_taken is 'Whether a later turn went on with this one''s Flowise session; no other may, since it remembers that one.';
comment on column public.kinkster_turns.rerouted_from is 'The character''s own provider, when that was down and the other one was asked.';
comment on column public.kinkster_turns.limits is 'The hard limits in force, as the arrays platform, user and kinkster.';
comment on column public.kinkster_turns.safeword_seen is 'Whether it said a safeword, or was stopped by one.';
comment on column public.kinkster_turns.cache_write_tokens is 'Those of the tokens sent that the provider wrote to its cache, where it charges for that.';
comment on column public.kinkster_turns.cost_usd is
  'What its attempts cost in US dollars, by the price of the day that each ended. Null is not nothing: where a provider was asked, it is not known, since the provider reported no tokens or nobody knows the price of the model.';
comment on column public.kinkster_turns.replaced_model is 'The model that was chosen for the character, when that had ended and its replacement was asked.';
comment on column public.kinkster_turns.rebuilt_because is
  'Why it was rebuilt: provider_changed; limits_changed; unfinished (the turn before had no whole reply of a provider); branched (another turn went on with the session); stateless (the server keeps none); forgotten (the provider no longer knew it).';

alter table public.kinkster_turns enable row level security;

create policy "Users see their own turns" on public.kinkster_turns
  for select to authenticated using (user_id = (select auth.uid()));

revoke all on public.kinkster_turns from public, anon, authenticated, service_role;
grant select on public.kinkster_turns to authenticated;
-- What happened is written by functions alone, and the queue and roll-ups rely on it.
grant select, delete on public.kinkster_turns to service_role;

create trigger kinkster_turns_deleted
  before delete on public.kinkster_turns
  for each row
  execute function kinkster.take_back_turn();

comment on trigger kinkster_turns_deleted on public.kinkster_turns is
  'Takes a deleted turn out of the figures. It is the only one, and not on the path of a turn.';
