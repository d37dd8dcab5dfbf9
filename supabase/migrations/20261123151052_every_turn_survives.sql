-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/schema_version.sql
-- Raised whenever a worker of before could do harm, so that it ends instead. Additions that it can ignore do not raise it.
create or replace function kinkster.schema_version()
  returns integer
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return 1;
end
$$;

comment on function kinkster.schema_version() is
  'Version of the functions that workers call; a worker that knows another one says so and ends.';

revoke execute on function kinkster.schema_version() from public, anon, authenticated, service_role;
grant execute on function kinkster.schema_version() to kinkster_worker;

-- from supabase/schemas/kinkster/unicode.sql (sha256 eb2079c9ace4d7e94a9ef0845260e553fe5c8f0e52fd291c5a87c56f2faf56b7)
-- Letters and their cases as Unicode knows them, whatever locale the database was made with: safewords must not depend on it.
do $$
begin
  if exists (
    select from pg_catalog.pg_collation where collname = 'pg_unicode_fast' and collencoding = 6
  ) then
    create collation kinkster.unicode from pg_catalog.pg_unicode_fast;  -- Postgres 18, with or without ICU
  else
    create collation kinkster.unicode from pg_catalog."und-x-icu";
  end if;
end
$$;

comment on collation kinkster.unicode is 'Unicode''s own letters and cases, the same in every database.';

-- from supabase/schemas/kinkster/words.sql
-- A text as a row of words that can be compared: one Unicode form, one case, nothing invisible, one space between words
-- and around them. Each sign is a word of its own, and so is each letter of a script that puts no spaces between words.
create or replace function kinkster.words(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  -- With them the Arabic stretching letter.
  c_invisible constant text := '[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f'
    '\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]';
  c_spaces constant text := '[\s\u0085\u1680\u2028\u2029\u2800]+';
  -- Thai, Lao, Burmese, Khmer, kana, ideographs.
  c_unspaced constant text := '\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff'
    '\uf900-\ufaff\U00020000-\U0003ffff';
  -- Normalizing a run of marks takes the square of its length: no run is longer than 100, as in no language.
  c_run constant text := '([^[:alnum:]\s!-~]{100})';
  v_text text collate kinkster.unicode := p_text;
begin
  if pg_catalog.octet_length(p_text) = pg_catalog.char_length(p_text) then  -- ASCII: all that follows comes to this
    v_text := pg_catalog.regexp_replace(pg_catalog.lower(p_text collate "C"), '([^a-z0-9\s])', ' \1 ', 'g');
    return pg_catalog.btrim(pg_catalog.regexp_replace(v_text, '\s+', ' ', 'g'));
  end if;
  for v_time in 1 .. 2 loop  -- one form can hold what was another's before
    v_text := pg_catalog.regexp_replace(pg_catalog.regexp_replace(v_text, c_invisible, '', 'g'), c_run, '\1 ', 'g');
    v_text := pg_catalog.normalize(v_text, 'nfkc');
    -- One case, and one sigma: which of its two small forms a lower one gets depends on what stands next to it.
    v_text := pg_catalog.translate(pg_catalog.lower(pg_catalog.upper(pg_catalog.lower(v_text))), 'ς', 'σ');
  end loop;
  v_text := pg_catalog.regexp_replace(pg_catalog.regexp_replace(v_text, c_invisible, '', 'g'), c_run, '\1 ', 'g');
  v_text := pg_catalog.normalize(v_text, 'nfkc');
  -- In the blocks from U+0300 marks are parts of a word.
  v_text := pg_catalog.regexp_replace(
    v_text, '([^[:alnum:]\u0300-\u0dff]|[[:punct:]' || c_unspaced || '])', ' \1 ', 'g'
  );
  return pg_catalog.btrim(pg_catalog.regexp_replace(v_text, c_spaces, ' ', 'g'));
end
$$;

comment on function kinkster.words(text) is
  'The words of a text in one Unicode form (NFKC) and case, with one space between them; two texts that say the same give the same.';

revoke execute on function kinkster.words(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.words(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/are_safewords.sql
-- A safeword that could never be matched would be a promise not kept.
create or replace function kinkster.are_safewords(p_safewords text[])
  returns boolean
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.cardinality(p_safewords) <= 20 and not exists (
    select from pg_catalog.unnest(p_safewords) as given (word)
    where given.word is null
      or kinkster.words(given.word) = ''
      or pg_catalog.char_length(given.word) > 100
  );
end
$$;

comment on function kinkster.are_safewords(text[]) is
  'Whether these are at most 20 safewords of 1 to 100 characters, none of them blank or null.';

revoke execute on function kinkster.are_safewords(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.are_safewords(text[]) to authenticated, service_role;

-- from supabase/schemas/kinkster/has_safeword.sql
-- Whether somebody said their safeword: as a whole word, anywhere in the message, in any case and any Unicode form.
create or replace function kinkster.has_safeword(p_message text, p_safewords text[])
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_words text;
begin
  if coalesce(pg_catalog.cardinality(p_safewords), 0) = 0 then
    return false;
  end if;
  v_words := ' ' || kinkster.words(p_message) || ' ';
  return exists (
    select from pg_catalog.unnest(p_safewords) as safe (word)
    where kinkster.words(safe.word) <> ''
      and pg_catalog.strpos(v_words, ' ' || kinkster.words(safe.word) || ' ') > 0
  );
end
$$;

comment on function kinkster.has_safeword(text, text[]) is
  'Whether one of the safewords stands in the message as a whole word, case and Unicode form aside.';

revoke execute on function kinkster.has_safeword(text, text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.has_safeword(text, text[]) to authenticated, service_role;

-- from supabase/schemas/kinkster/sha256_of.sql
-- A text's fingerprint, as turns keep it of the prompt and the limits that they went out with.
create or replace function kinkster.sha256_of(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p_text, 'UTF8')), 'hex');
end
$$;

comment on function kinkster.sha256_of(text) is 'SHA-256 of a text in UTF-8, in hexadecimal digits.';

revoke execute on function kinkster.sha256_of(text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/settings.sql (sha256 a3a9888b962f21464084f505bda427f80c8f0cb69ed9c5abd449368eaef0723d)
alter table kinkster.settings add column reroute_while_down boolean not null default false;
comment on column kinkster.settings.reroute_while_down is 'Whether turns go to the other provider while a character''s own is down; set it only when every worker has both.';

-- from supabase/schemas/kinkster/breakers.sql (sha256 fecc51bf4b6474f0a27837148ce5e179b8e3424c8dfa0caa04a06201fab9a38d)
-- Whether a provider is up, as all workers together found: failures in a row open its breaker, and turns then wait or go
-- elsewhere instead of failing one by one. Once the time is over, one turn tries it, and its end decides.
create table kinkster.breakers (
  provider text primary key constraint breaker_provider_is_known check (provider in ('flowise', 'openai_responses')),
  failures integer not null default 0 constraint failures_are_not_negative check (failures >= 0),
  open_until timestamptz,
  failed_user_id uuid
);

comment on table kinkster.breakers is 'One row per provider: its failures in a row, over all workers. To close one by hand, set failures to 0 and open_until to null.';
comment on column kinkster.breakers.provider is 'The provider.';
comment on column kinkster.breakers.failures is 'Attempts in a row that found it unreachable, unavailable, silent or talking nonsense; of one user''s only the first, unless it was unreachable.';
comment on column kinkster.breakers.open_until is 'Until then no turn is sent there; after it, one tries. Null: closed.';
comment on column kinkster.breakers.failed_user_id is 'Whose attempt was counted last.';

insert into kinkster.breakers (provider) values ('flowise'), ('openai_responses') on conflict do nothing;

revoke all on kinkster.breakers from public, anon, authenticated, service_role;
grant select, update on kinkster.breakers to service_role;

-- from supabase/schemas/public/kinkster_conversations.sql (sha256 484ec45787dd904e6c122f19650bfaba323875253dfb900040bcc82bcc98d2ee)
-- Going on after a pause is the user's alone to decide.
revoke update on public.kinkster_conversations from service_role;
grant update (head_turn_id, updated_at) on public.kinkster_conversations to service_role;

-- from supabase/schemas/public/kinkster_turns.sql (sha256 dbbd02d94ab7a82c93fe080471109a6b18dc3d23d7e8a7b27429637faa547221)
alter table public.kinkster_turns
  add column asked_again_at timestamptz,
  add column is_shown boolean not null default false,
  add column reply_is_stale boolean not null default false,
  add column followed_until timestamptz,
  add column session_taken boolean not null default false,
  add column rerouted_from text,
  add column limits jsonb,
  add column safeword_seen boolean not null default false;
-- Which sessions later turns went on with was not written down before; no turn of before is gone on with.
update public.kinkster_turns set session_taken = true where session_id is not null;
comment on column public.kinkster_turns.attempts is 'Attempts at an answer since it was last asked for; one that a stopping worker handed back does not count.';
comment on column public.kinkster_turns.next_attempt_at is 'When a queued turn is tried again; when a failed one may be sent again, if the provider said so.';
comment on column public.kinkster_turns.asked_again_at is 'When the same request was sent again after it had failed; null when it was sent once.';
comment on column public.kinkster_turns.is_shown is 'Whether a client was sent text of this attempt. Such an attempt is never repeated by itself.';
comment on column public.kinkster_turns.reply_is_stale is 'Whether the reply is what an earlier attempt had streamed, kept until this one has text.';
comment on column public.kinkster_turns.followed_until is 'Until when a client is known to read along at another worker than the one that answers.';
comment on column public.kinkster_turns.session_taken is 'Whether a later turn went on with this one''s Flowise session; no other may, since it remembers that one.';
comment on column public.kinkster_turns.rerouted_from is 'The character''s own provider, when that was down and the other one was asked.';
comment on column public.kinkster_turns.limits is 'The hard limits in force, as the arrays platform, user and kinkster.';
comment on column public.kinkster_turns.safeword_seen is 'Whether it said a safeword, or was stopped by one.';

-- from supabase/schemas/kinkster/quoted_list.sql
-- Lists in rows hold blanks and doubles ('Heights', 'heights '); a prompt says each thing once, in the list's order.
create or replace function kinkster.quoted_list(p_items text[], p_separator text default ', ')
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return (
    select pg_catalog.string_agg(kinkster.quoted(once.item), p_separator order by once.place)
    from (
      select distinct on (told.key) told.item, told.place
      from (
        select
          given.item,
          given.place,
          case when pg_catalog.char_length(given.item) <= 200 then
            pg_catalog.lower(pg_catalog.normalize(kinkster.trimmed(given.item), 'nfkc'))
          else
            kinkster.trimmed(given.item)  -- normalizing takes the square of a run of marks
          end as key
        from pg_catalog.unnest(p_items) with ordinality as given (item, place)
      ) as told
      where told.key is not null
      order by told.key, told.place
    ) as once
  );
end
$$;

comment on function kinkster.quoted_list(text[], text) is
  'The items of a list as JSON strings in one text, without blanks and doubles (case and Unicode form aside, in items of up to 200 characters), in order; null when none is left.';

revoke execute on function kinkster.quoted_list(text[], text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_list(text[], text) to authenticated, service_role;

-- from supabase/schemas/kinkster/visible_conversation.sql
-- Row security decides which conversations a caller sees; this turns "none" into the one answer for unknown and foreign ids.
create or replace function kinkster.visible_conversation(p_conversation_id uuid)
  returns public.kinkster_conversations
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations;
begin
  select c.* into v_conversation
  from public.kinkster_conversations as c
  where c.user_id = (select auth.uid()) and c.id = p_conversation_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no conversation with this id that you can see.',
      hint = 'Use the conversation_id that send_kinkster_message returned.';
  end if;
  return v_conversation;
end
$$;

comment on function kinkster.visible_conversation(uuid) is
  'The caller''s conversation with this id. Raises PT404, the same for an unknown one and somebody else''s.';

revoke execute on function kinkster.visible_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.visible_conversation(uuid) to authenticated;

-- from supabase/schemas/kinkster/visible_turn.sql
-- Row security decides which turns a caller sees; this turns "none" into the one answer for unknown and foreign ids.
create or replace function kinkster.visible_turn(p_turn_id uuid)
  returns public.kinkster_turns
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = (select auth.uid()) and t.id = p_turn_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no turn with this id that you can see.',
      hint = 'Use the turn_id that send_kinkster_message returned.';
  end if;
  return v_turn;
end
$$;

comment on function kinkster.visible_turn(uuid) is
  'The caller''s turn with this id. Raises PT404, the same for an unknown one and somebody else''s.';

revoke execute on function kinkster.visible_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.visible_turn(uuid) to authenticated;

-- from supabase/schemas/kinkster/sent_turn.sql
-- What became of a request that was sent before: sending again under the same id changes nothing and says so.
create or replace function kinkster.sent_turn(
  p_user_id uuid,
  p_request_id uuid,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid
)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_sent record;
begin
  select t.id, t.conversation_id, t.status, t.message, t.safeword_seen, c.kinkster_id into v_sent
  from public.kinkster_turns as t
  join public.kinkster_conversations as c on c.user_id = t.user_id and c.id = t.conversation_id
  where t.user_id = p_user_id and t.id = p_request_id;
  if not found then
    return null;
  end if;
  if v_sent.message <> p_message
    or v_sent.kinkster_id is distinct from p_kinkster_id
    or v_sent.conversation_id <> coalesce(p_conversation_id, v_sent.conversation_id) then
    raise sqlstate 'PT409' using
      message = 'This request id was used for another message.',
      hint = 'Use a new id for each message, and the same id only to send the same message again.';
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', false,
    'turn_id', v_sent.id,
    'conversation_id', v_sent.conversation_id,
    'status', v_sent.status,
    'safeword_seen', v_sent.safeword_seen
  );
end
$$;

comment on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) is
  'The turn of a request id as send_kinkster_message answers it, or null. Raises PT409 when the id was used for something else.';

revoke execute on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) to authenticated, service_role;

-- from supabase/schemas/kinkster/release_expired_turn.sql
-- A worker that died leaves its turn streaming, and where no worker looks for waiting turns one may wait for ever. Once the
-- lease is over, or nobody has taken it for 10 minutes, the owner's next message settles it as failed; what had streamed
-- is kept. Security definer: a client may not write a status itself.
create or replace function kinkster.release_expired_turn(p_conversation_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  update public.kinkster_turns as t
  set
    status = 'failed',
    finished_at = kinkster.now(),
    error_code = 'worker_lost',
    error_message = 'The reply was interrupted and did not finish.',
    error_hint = 'Send the message again.'
  where t.user_id = (select auth.uid())
    and t.conversation_id = p_conversation_id
    and (
      (t.status = 'streaming' and t.lease_expires_at <= kinkster.now())
      or (t.status = 'queued' and coalesce(t.next_attempt_at, t.created_at) <= kinkster.now() - interval '10 minutes')
    );
  return found;
end
$$;

comment on function kinkster.release_expired_turn(uuid) is
  'Settles as failed the turn of the caller''s conversation whose lease has run out, or that nobody has taken for 10 minutes; true when there was one.';

revoke execute on function kinkster.release_expired_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.release_expired_turn(uuid) to authenticated;

-- from supabase/schemas/kinkster/stop_turns.sql
-- Ends turns of a user that wait or stream, all or some. Whoever answers them is told at once, and finds out by itself
-- before any more text is sent. Security definer: nobody may write a status; no role may call it but through others.
create or replace function kinkster.stop_turns(
  p_user_id uuid,
  p_code text,
  p_conversation_id uuid default null,
  p_turn_id uuid default null
)
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn_id uuid;
  v_stopped integer := 0;
begin
  for v_turn_id in
    update public.kinkster_turns as t
    set
      status = 'cancelled',
      finished_at = kinkster.now(),
      next_attempt_at = null,
      safeword_seen = (p_code = 'safeword'),
      error_code = p_code,
      error_message = case p_code
        when 'safeword' then 'You said your safeword, so this reply stopped.'
        when 'paused' then 'You paused your chats, so this reply stopped.'
        else 'You cancelled this reply.'
      end,
      error_hint = case p_code
        when 'safeword' then 'Take your time. Call resume_kinkster_conversation when you want to go on.'
        when 'paused' then 'Set submission_state in your profile to active when you want to go on.'
        else 'Send the message again to have one.'
      end
    where t.user_id = p_user_id
      and t.conversation_id = coalesce(p_conversation_id, t.conversation_id)
      and t.id = coalesce(p_turn_id, t.id)
      and t.status in ('queued', 'streaming')
    returning t.id
  loop
    v_stopped := v_stopped + 1;
    perform pg_catalog.pg_notify('kinkster_changed', v_turn_id::text);
  end loop;
  return v_stopped;
end
$$;

comment on function kinkster.stop_turns(uuid, text, uuid, uuid) is
  'Cancels the turns of a user that wait or stream: all, those of a conversation, or one; how many. p_code is cancelled, safeword or paused.';

revoke execute on function kinkster.stop_turns(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/check_in.sql
-- What a safeword does, whole or not at all: the running reply stops, the conversation is paused, and the answer is ours,
-- the same each time; no model is asked. Security definer: no client may write a reply; no role may call it but through others.
create or replace function kinkster.check_in(
  p_user_id uuid,
  p_conversation_id uuid,
  p_turn_id uuid,
  p_message text
)
  returns public.kinkster_turns
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_reply constant text := 'You said your safeword, so everything stops here. Thank you for saying it: you did nothing '
    'wrong. How are you? Take a breath, some water, whatever is good for you now. Nothing goes on until you want it to: '
    'this conversation is paused, and you can resume it later, or never. If you feel unsafe, please talk to somebody you '
    'trust, or call your local emergency number.';
  v_now timestamptz := kinkster.now();
  v_head_turn_id uuid;
  v_turn public.kinkster_turns;
begin
  select c.head_turn_id into v_head_turn_id
  from public.kinkster_conversations as c
  where c.user_id = p_user_id and c.id = p_conversation_id
  for no key update;
  perform kinkster.stop_turns(p_user_id, 'safeword', p_conversation_id);

  insert into public.kinkster_turns as t (
    user_id, id, conversation_id, parent_turn_id, message, status, reply, safeword_seen, started_at, finished_at
  )
  values (
    p_user_id, p_turn_id, p_conversation_id, nullif(v_head_turn_id, p_turn_id), p_message, 'completed', c_reply, true, v_now, v_now
  )
  on conflict (user_id, id) do update
  set
    status = 'completed',
    reply = c_reply,
    safeword_seen = true,
    finished_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  returning t.* into v_turn;

  update public.kinkster_conversations as c
  set
    head_turn_id = p_turn_id,
    state = case c.state when 'active' then 'paused' else c.state end,
    updated_at = v_now
  where c.user_id = p_user_id and c.id = p_conversation_id;
  return v_turn;
end
$$;

comment on function kinkster.check_in(uuid, uuid, uuid, text) is
  'Answers a safeword: cancels what runs in the conversation, pauses it, and stores the message with a fixed reply as a completed turn, which is returned.';

revoke execute on function kinkster.check_in(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/heed_safeword.sql
-- The way of a user's message to check_in. Security definer, as that is; it takes no user id, looks for the safeword
-- itself, and so can do nothing but stop the caller's own conversation.
create or replace function kinkster.heed_safeword(p_conversation_id uuid, p_turn_id uuid, p_message text)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
begin
  if not exists (
      select
      from public.profiles as p
      join public.kinkster_conversations as c on c.user_id = p.id and c.id = p_conversation_id
      where p.id = v_user_id and kinkster.has_safeword(p_message, p.safewords)
    )
    or exists (select from public.kinkster_turns as t where t.user_id = v_user_id and t.id = p_turn_id) then
    return false;
  end if;
  -- A message that is too long to be stored is heeded all the same.
  perform kinkster.check_in(v_user_id, p_conversation_id, p_turn_id, pg_catalog.left(p_message, 32000));
  return true;
end
$$;

comment on function kinkster.heed_safeword(uuid, uuid, text) is
  'check_in for a new message of the caller''s that holds one of their safewords; false, and nothing done, for any other.';

revoke execute on function kinkster.heed_safeword(uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.heed_safeword(uuid, uuid, text) to authenticated;

-- from supabase/schemas/kinkster/open_conversation.sql
-- The conversation that a message goes into, locked until the transaction ends: two messages cannot pick one parent.
create or replace function kinkster.open_conversation(p_user_id uuid, p_kinkster_id uuid, p_conversation_id uuid)
  returns public.kinkster_conversations
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations;
begin
  if p_conversation_id is not null then
    select c.* into v_conversation
    from public.kinkster_conversations as c
    where c.user_id = p_user_id and c.id = p_conversation_id and c.kinkster_id = p_kinkster_id
    for no key update;
    if not found then
      raise sqlstate 'PT404' using
        message = 'There is no conversation with this id between you and this kinkster.',
        hint = 'Check the id, or leave it out to go on with the latest conversation.';
    end if;
  else
    for v_try in 1 .. 2 loop
      select c.* into v_conversation
      from public.kinkster_conversations as c
      where c.user_id = p_user_id and c.kinkster_id = p_kinkster_id and c.state <> 'ended'
      order by c.updated_at desc, c.id
      limit 1
      for no key update;
      exit when found;
      if v_try = 1 then
        -- Two first messages at once would start two conversations: the second looks again.
        perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_user_id::text || p_kinkster_id::text, 0));
      else
        perform kinkster.visible_kinkster(p_kinkster_id);
        insert into public.kinkster_conversations (user_id, kinkster_id)
        values (p_user_id, p_kinkster_id)
        returning * into v_conversation;
      end if;
    end loop;
  end if;
  return v_conversation;
end
$$;

comment on function kinkster.open_conversation(uuid, uuid, uuid) is
  'The given conversation of a user with a kinkster, or the latest that has not ended, or a new one; locked, and not asked whether it is active. Raises PT404 when the given one does not exist, or the kinkster cannot be seen.';

revoke execute on function kinkster.open_conversation(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.open_conversation(uuid, uuid, uuid) to authenticated, service_role;

-- from supabase/schemas/kinkster/store_safeword.sql
-- Stops what the user wants stopped. A slip in the request must not stand in the way: with a conversation that is none of
-- theirs it goes to the one with this kinkster that is being answered, or the latest; with an id that another message has,
-- it gets its own.
create or replace function kinkster.store_safeword(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_turn_id uuid := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  v_sent public.kinkster_turns;
  v_conversation_id uuid;
begin
  select c.id into v_conversation_id
  from public.kinkster_conversations as c
  where c.user_id = v_user_id
    and (c.id = p_conversation_id or (c.kinkster_id = p_kinkster_id and c.state <> 'ended'))
  order by
    c.id is not distinct from p_conversation_id desc,
    exists (
      select
      from public.kinkster_turns as t
      where t.user_id = c.user_id and t.conversation_id = c.id and t.status in ('queued', 'streaming')
    ) desc,
    c.updated_at desc
  limit 1
  for no key update;
  if not found then
    v_conversation_id := (kinkster.open_conversation(v_user_id, p_kinkster_id, null)).id;
  end if;

  select t.* into v_sent
  from public.kinkster_turns as t
  where t.user_id = v_user_id and t.id = v_turn_id;
  if v_sent.safeword_seen and v_sent.status = 'completed' and v_sent.message = pg_catalog.left(p_message, 32000) then
    v_conversation_id := v_sent.conversation_id;  -- sent again
  else
    if v_sent.id is not null then
      v_turn_id := pg_catalog.gen_random_uuid();
    end if;
    if not kinkster.heed_safeword(v_conversation_id, v_turn_id, p_message) then
      return null;
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', v_sent.id is distinct from v_turn_id,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation_id,
    'status', 'completed',
    'safeword_seen', true
  );
end
$$;

comment on function kinkster.store_safeword(uuid, text, uuid, uuid) is
  'store_message for a message with one of the caller''s safewords: stops and pauses the conversation, and answers. Sent again under the same id it changes nothing. Null when it is no safeword any more. Raises PT404 when there is nothing to stop and the kinkster cannot be seen.';

revoke execute on function kinkster.store_safeword(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.store_safeword(uuid, text, uuid, uuid) to authenticated;

-- from supabase/schemas/kinkster/store_message.sql
-- Stores a message as a new turn, under row security, before anybody is asked to answer it. The request id is the turn's
-- id, so that a request that is sent twice is one turn. Wakes nobody: who calls it knows who answers. A safeword comes
-- before everything that could refuse the message, and goes its own way.
create or replace function kinkster.store_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_instead_of public.kinkster_turns default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_readable constant integer := 200000;  -- a safeword is looked for in no more characters
  v_user_id uuid := auth.uid();
  v_turn_id uuid := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  v_sent jsonb;
  v_profile record;
  v_obstacle record;
  v_conversation public.kinkster_conversations;
  v_head_turn_id uuid;
  v_parent_turn_id uuid;
begin
  if v_user_id is null then
    raise sqlstate 'PT403' using
      message = 'Only a signed-in user can send a message.',
      hint = 'Call this with the user''s token, not with a service key.';
  end if;
  if kinkster.is_blank(p_message) then
    raise sqlstate 'PT422' using
      message = 'The message is blank.',
      hint = 'Send 1 to 32,000 characters.';
  end if;

  select p.submission_state::text as state, p.safewords into v_profile
  from public.profiles as p
  where p.id = v_user_id;
  if kinkster.has_safeword(pg_catalog.left(p_message, c_readable), v_profile.safewords) then
    v_sent := kinkster.store_safeword(p_kinkster_id, pg_catalog.left(p_message, c_readable), p_conversation_id, p_request_id);
    if v_sent is not null then
      return v_sent;
    end if;
  end if;

  v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  if v_sent is not null then
    return v_sent;
  end if;
  if pg_catalog.char_length(p_message) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The message has %s characters; at most 32,000 are taken.', pg_catalog.char_length(p_message)),
      hint = 'Shorten it, or send it in parts.';
  end if;
  v_obstacle := kinkster.chat_obstacle(kinkster.visible_kinkster(p_kinkster_id), coalesce(v_profile.state, 'none'));
  if v_obstacle.reason is not null then
    raise sqlstate 'PT409' using message = v_obstacle.reason, hint = v_obstacle.hint;
  end if;

  v_conversation := kinkster.open_conversation(v_user_id, p_kinkster_id, p_conversation_id);
  if v_conversation.head_turn_id = p_request_id then
    return kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  end if;
  if v_conversation.state <> 'active' then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This conversation is %s.', v_conversation.state),
      hint = case v_conversation.state
        when 'paused' then 'Call resume_kinkster_conversation when you want to go on.'
        else 'Start a new conversation, or set its state to active.'
      end;
  end if;

  if p_instead_of.id is not null then
    v_parent_turn_id := p_instead_of.parent_turn_id;
  else
    -- The last turn that is shown; where that one was deleted, the newest that is left, so that the context goes on.
    v_head_turn_id := coalesce(v_conversation.head_turn_id, (
      select t.id
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.conversation_id = v_conversation.id
      order by t.created_at desc, t.id
      limit 1
    ));
    -- The same words again after they got no whole reply take the place of the first try: said once, they stand once.
    select
      case when t.status in ('failed', 'cancelled') and t.message = p_message then t.parent_turn_id else t.id end
    into v_parent_turn_id
    from public.kinkster_turns as t
    where t.user_id = v_user_id and t.id = v_head_turn_id;
  end if;

  insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message)
  values (v_user_id, v_turn_id, v_conversation.id, v_parent_turn_id, p_message)
  on conflict do nothing;
  if not found then
    -- Somebody was quicker: this very request from another connection, or another message of this conversation.
    v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
    if v_sent is not null then
      return v_sent;
    end if;
    if not kinkster.release_expired_turn(v_conversation.id) then
      raise sqlstate 'PT409' using
        message = 'A reply is still being written in this conversation.',
        hint = 'Wait for it to end, or cancel it, then send the message again.';
    end if;
    insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message)
    values (v_user_id, v_turn_id, v_conversation.id, v_parent_turn_id, p_message);
  end if;

  update public.kinkster_conversations as c
  set head_turn_id = v_turn_id, updated_at = kinkster.now()
  where c.user_id = v_user_id and c.id = v_conversation.id;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', true,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation.id,
    'status', 'queued',
    'safeword_seen', false
  );
end
$$;

comment on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'What every way of sending shares: stores the message and returns turn_id, conversation_id, status, created and safeword_seen. With p_instead_of the new turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;

-- from supabase/schemas/kinkster/wake_workers.sql
-- Tells whoever listens that a turn waits. The notice carries nothing, and whoever misses it finds the turn by looking.
create or replace function kinkster.wake_workers(p_sent jsonb)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  if p_sent ->> 'status' = 'queued' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
end
$$;

comment on function kinkster.wake_workers(jsonb) is 'Sends a notice when what store_message returned is a turn that waits.';

revoke execute on function kinkster.wake_workers(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.wake_workers(jsonb) to authenticated, service_role;

-- from supabase/schemas/kinkster/send_instead_of.sql
-- A new turn beside another, under the same parent, for whoever listens to answer.
create or replace function kinkster.send_instead_of(
  p_turn public.kinkster_turns,
  p_message text,
  p_request_id uuid
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_sent jsonb;
begin
  v_sent := kinkster.store_message(
    (
      select c.kinkster_id
      from public.kinkster_conversations as c
      where c.user_id = p_turn.user_id and c.id = p_turn.conversation_id
    ),
    p_message,
    p_turn.conversation_id,
    p_request_id,
    p_turn
  );
  perform kinkster.wake_workers(v_sent);
  return v_sent;
end
$$;

comment on function kinkster.send_instead_of(public.kinkster_turns, text, uuid) is
  'store_message beside a turn of the caller''s, and a notice to the workers.';

revoke execute on function kinkster.send_instead_of(public.kinkster_turns, text, uuid)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.send_instead_of(public.kinkster_turns, text, uuid) to authenticated;

-- from supabase/schemas/public/send_kinkster_message.sql
-- Begins a turn that waits for a worker: stores the message, and wakes whoever listens.
create or replace function public.send_kinkster_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid default null,
  p_request_id uuid default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_sent jsonb := kinkster.store_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
begin
  perform kinkster.wake_workers(v_sent);
  return v_sent;
end
$$;

comment on function public.send_kinkster_message(uuid, text, uuid, uuid) is
  'Stores a message of 1 to 32,000 characters as a new turn and returns turn_id, conversation_id, status, created and safeword_seen. A message with one of the user''s safewords is taken in any state: it cancels the running reply, pauses the conversation, and is answered at once. Without p_conversation_id the latest conversation with the kinkster goes on, or a first one starts. The same p_request_id is one turn, however often it is sent. Raises PT404 for a kinkster or conversation that the caller cannot see, PT409 when the kinkster cannot be chatted with, the conversation is not active or a reply is in flight, PT422 for a bad message, PT403 without a user.';

revoke execute on function public.send_kinkster_message(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.send_kinkster_message(uuid, text, uuid, uuid) to authenticated, service_role;

-- from supabase/schemas/public/regenerate_kinkster_reply.sql
-- Another reply to the same message: a new turn beside the old one, which stays and can be switched back to.
create or replace function public.regenerate_kinkster_reply(p_turn_id uuid, p_request_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  if v_turn.safeword_seen and v_turn.status = 'completed' then
    raise sqlstate 'PT409' using
      message = 'The answer to a safeword stays as it is.',
      hint = 'Resume the conversation, then send another message.';
  end if;
  return kinkster.send_instead_of(v_turn, v_turn.message, p_request_id);
end
$$;

comment on function public.regenerate_kinkster_reply(uuid, uuid) is
  'Asks for another reply to the message of a turn. Returns what send_kinkster_message returns, for the new turn, which the conversation then shows. The same p_request_id is one turn. Raises PT404 for a turn that the caller cannot see, PT409 for the answer to a safeword, and what send_kinkster_message raises.';

revoke execute on function public.regenerate_kinkster_reply(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.regenerate_kinkster_reply(uuid, uuid) to authenticated;

-- from supabase/schemas/public/edit_kinkster_message.sql
-- Another message in place of an earlier one: a new turn beside the old one, answered as if that had never been said.
create or replace function public.edit_kinkster_message(
  p_turn_id uuid,
  p_message text,
  p_request_id uuid default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.send_instead_of(kinkster.visible_turn(p_turn_id), p_message, p_request_id);
end
$$;

comment on function public.edit_kinkster_message(uuid, text, uuid) is
  'Sends a message in place of a turn''s. Returns what send_kinkster_message returns, for the new turn, which the conversation then shows; what came after the old one stays on its own branch. The same p_request_id is one turn. Raises PT404 for a turn that the caller cannot see, and what send_kinkster_message raises.';

revoke execute on function public.edit_kinkster_message(uuid, text, uuid) from public, anon, authenticated, service_role;
grant execute on function public.edit_kinkster_message(uuid, text, uuid) to authenticated;

-- from supabase/schemas/public/switch_kinkster_branch.sql
-- Shows another branch of a conversation, from the given turn to its newest end. The next message goes on from there.
create or replace function public.switch_kinkster_branch(p_turn_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
  v_head_turn_id uuid;
begin
  perform
  from public.kinkster_conversations as c
  where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id
  for no key update;
  if exists (
    select
    from public.kinkster_turns as t
    where t.user_id = v_turn.user_id
      and t.conversation_id = v_turn.conversation_id
      and t.status in ('queued', 'streaming')
  ) then
    raise sqlstate 'PT409' using
      message = 'A reply is still being written in this conversation.',
      hint = 'Wait for it to end, or cancel it, then switch.';
  end if;

  with recursive below as (
    select v_turn.id as id, 0 as depth
    union all
    select newest.id, b.depth + 1
    from below as b
    cross join lateral (
      select t.id
      from public.kinkster_turns as t
      where t.user_id = v_turn.user_id and t.conversation_id = v_turn.conversation_id and t.parent_turn_id = b.id
      order by t.created_at desc, t.id
      limit 1
    ) as newest
  )

  select b.id into v_head_turn_id from below as b order by b.depth desc limit 1;

  update public.kinkster_conversations as c
  set head_turn_id = v_head_turn_id, updated_at = kinkster.now()
  where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'conversation_id', v_turn.conversation_id,
    'head_turn_id', v_head_turn_id
  );
end
$$;

comment on function public.switch_kinkster_branch(uuid) is
  'Makes the branch of a turn the one that its conversation shows and goes on with: that turn, and below it the newest turn each time. Returns conversation_id and head_turn_id, its last turn. Raises PT404 for a turn that the caller cannot see, PT409 while a reply is being written.';

revoke execute on function public.switch_kinkster_branch(uuid) from public, anon, authenticated, service_role;
grant execute on function public.switch_kinkster_branch(uuid) to authenticated;

-- from supabase/schemas/public/get_kinkster_branch.sql
-- The transcript that a conversation shows: from its first message to its head, without the branches beside it.
create or replace function public.get_kinkster_branch(p_conversation_id uuid)
  returns setof public.kinkster_messages
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations := kinkster.visible_conversation(p_conversation_id);
begin
  return query
  with recursive branch as (
    select t.id, t.parent_turn_id, 0 as distance
    from public.kinkster_turns as t
    where t.user_id = v_conversation.user_id and t.id = v_conversation.head_turn_id
    union all
    select t.id, t.parent_turn_id, b.distance + 1
    from branch as b
    join public.kinkster_turns as t on t.user_id = v_conversation.user_id and t.id = b.parent_turn_id
  )

  select m.*
  from branch as b
  join public.kinkster_messages as m
    on m.user_id = v_conversation.user_id and m.conversation_id = v_conversation.id and m.turn_id = b.id
  order by b.distance desc, m.position;
end
$$;

comment on function public.get_kinkster_branch(uuid) is
  'The messages of the branch that a conversation shows, in order, as rows of kinkster_messages. Raises PT404 for a conversation that the caller cannot see.';

revoke execute on function public.get_kinkster_branch(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_kinkster_branch(uuid) to authenticated;

-- from supabase/schemas/public/resume_kinkster_conversation.sql
-- Goes on after a safeword or a pause. The user's alone: it takes no user id, and no other role may write the state.
create or replace function public.resume_kinkster_conversation(p_conversation_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations := kinkster.visible_conversation(p_conversation_id);
begin
  if v_conversation.state = 'ended' then
    raise sqlstate 'PT409' using
      message = 'This conversation has ended.',
      hint = 'Start a new one: insert a row with the kinkster_id into kinkster_conversations.';
  end if;
  update public.kinkster_conversations as c
  set state = 'active', updated_at = kinkster.now()
  where c.user_id = v_conversation.user_id and c.id = p_conversation_id and c.state = 'paused';
  return pg_catalog.jsonb_build_object('success', true, 'conversation_id', p_conversation_id, 'state', 'active');
end
$$;

comment on function public.resume_kinkster_conversation(uuid) is
  'Makes the caller''s paused conversation active again; an active one stays so. Returns conversation_id and state. Raises PT404 for a conversation that the caller cannot see, PT409 for one that has ended.';

revoke execute on function public.resume_kinkster_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function public.resume_kinkster_conversation(uuid) to authenticated;

-- from supabase/schemas/kinkster/pause_turns.sql
-- Stops all that is being written for the caller. Security definer, as cancel_turn is, and for the same reason.
create or replace function kinkster.pause_turns()
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return kinkster.stop_turns((select auth.uid()), 'paused');
end
$$;

comment on function kinkster.pause_turns() is 'Cancels every turn of the caller''s that waits or streams; how many.';

revoke execute on function kinkster.pause_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.pause_turns() to authenticated;

-- from supabase/schemas/public/pause_kinkster_chats.sql
-- Stops everything at once: no character answers the user, in any conversation, until they say otherwise.
create or replace function public.pause_kinkster_chats()
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update public.profiles as p set submission_state = 'paused' where p.id = (select auth.uid());
  if not found then
    raise sqlstate 'PT404' using
      message = 'You have no profile yet.',
      hint = 'Insert your row into profiles (id and email) first.';
  end if;
  return pg_catalog.jsonb_build_object('success', true, 'stopped', kinkster.pause_turns());
end
$$;

comment on function public.pause_kinkster_chats() is
  'Pauses all chats of the caller (submission_state of their profile) and cancels each reply that waits or streams; returns how many as stopped. To go on, set submission_state to active. Raises PT404 when the caller has no profile.';

revoke execute on function public.pause_kinkster_chats() from public, anon, authenticated, service_role;
grant execute on function public.pause_kinkster_chats() to authenticated;

-- from supabase/schemas/public/kinkster_consent_receipt.sql
-- What was agreed when a turn was answered: which limits were in force and whose they were, and proof of the prompt that
-- carried them.
create or replace function public.kinkster_consent_receipt(p_turn_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  return pg_catalog.jsonb_build_object(
    'success', true,
    'turn_id', v_turn.id,
    'conversation_id', v_turn.conversation_id,
    'kinkster_id', (
      select c.kinkster_id
      from public.kinkster_conversations as c
      where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id
    ),
    'status', v_turn.status,
    'limits', v_turn.limits,
    'limits_sha256', v_turn.limits_sha256,
    'prompt_sha256', v_turn.prompt_sha256,
    'provider', v_turn.provider,
    'rerouted_from', v_turn.rerouted_from,
    'model', v_turn.model,
    'safeword_seen', v_turn.safeword_seen,
    'asked_at', v_turn.started_at,
    'ended_at', v_turn.finished_at
  );
end
$$;

comment on function public.kinkster_consent_receipt(uuid) is
  'Receipt of a turn: the hard limits in force by whose they were (platform, user, kinkster), SHA-256 of the limits and of the prompt that carried them, provider and model that were asked, and whether a safeword was seen. Limits, hashes and provider are null for a turn about which no provider was asked. Raises PT404 for a turn that the caller cannot see.';

revoke execute on function public.kinkster_consent_receipt(uuid) from public, anon, authenticated, service_role;
grant execute on function public.kinkster_consent_receipt(uuid) to authenticated;

-- from supabase/schemas/kinkster/turn_in_state.sql
-- A turn as the worker's functions hand it out when there is nothing to answer: to be replayed, or to be followed.
create or replace function kinkster.turn_in_state(p_turn public.kinkster_turns, p_state text)
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.turn_as_json(p_turn) || pg_catalog.jsonb_build_object(
    'state', p_state,
    'user_id', p_turn.user_id,
    'tag', pg_catalog.left(p_turn.lease::text, 8)
  );
end
$$;

comment on function kinkster.turn_in_state(public.kinkster_turns, text) is
  'turn_as_json with state (settled or waiting), user_id, and tag: the beginning of its last lease, which names the attempt that the reply is from; null when nobody was asked.';

revoke execute on function kinkster.turn_in_state(public.kinkster_turns, text)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/settled_as_json.sql
-- What a worker is told when it has settled a turn: what became of it, and when it is tried again.
create or replace function kinkster.settled_as_json(p_turn public.kinkster_turns)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.turn_as_json(p_turn) - 'reply' || pg_catalog.jsonb_build_object(
    'success', true,
    'retry_in_seconds', case when p_turn.status = 'queued' then
      greatest(extract(epoch from p_turn.next_attempt_at - kinkster.now()), 0)
    end
  );
end
$$;

comment on function kinkster.settled_as_json(public.kinkster_turns) is
  'turn_as_json without the reply, with retry_in_seconds: how long a turn that is to be tried again waits; null for one that has ended.';

revoke execute on function kinkster.settled_as_json(public.kinkster_turns)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/public/await_kinkster_reply.sql
-- Waits for a turn's end, so that plain SQL or RPC can hold a conversation. It looks again ten times a second; being
-- volatile, it sees what others commit meanwhile. Call it outside the transaction that sent the message.
create or replace function public.await_kinkster_reply(p_turn_id uuid, p_timeout interval default '30 seconds')
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_deadline timestamptz := pg_catalog.clock_timestamp() + p_timeout;
  v_turn public.kinkster_turns;
begin
  if p_timeout is null or p_timeout < '0' or p_timeout > '10 minutes' then
    raise sqlstate 'PT422' using
      message = 'The timeout is not between nothing and 10 minutes.',
      hint = 'Give an interval such as ''30 seconds'', and call again to wait longer.';
  end if;
  loop
    v_turn := kinkster.visible_turn(p_turn_id);
    exit when v_turn.status in ('completed', 'failed', 'cancelled') or pg_catalog.clock_timestamp() >= v_deadline;
    perform pg_catalog.pg_sleep(0.1);
  end loop;
  return kinkster.turn_as_json(v_turn) || pg_catalog.jsonb_build_object('success', true);
end
$$;

comment on function public.await_kinkster_reply(uuid, interval) is
  'Waits until the caller''s turn has ended, at most p_timeout (up to 10 minutes), and returns turn_id, conversation_id, status, reply and error as they are then. Raises PT404 for a turn that the caller cannot see, PT422 for a bad timeout.';

revoke execute on function public.await_kinkster_reply(uuid, interval) from public, anon, authenticated, service_role;
grant execute on function public.await_kinkster_reply(uuid, interval) to authenticated;

-- from supabase/schemas/kinkster/cancel_turn.sql
-- Cancels a turn of the caller's. Security definer: a client may not write a status itself; it takes no user id, so it
-- reaches the caller's own turns alone.
create or replace function kinkster.cancel_turn(p_turn_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return p_turn_id is not null and kinkster.stop_turns((select auth.uid()), 'cancelled', p_turn_id => p_turn_id) > 0;
end
$$;

comment on function kinkster.cancel_turn(uuid) is
  'Cancels the caller''s turn if it waits or streams; whether it did.';

revoke execute on function kinkster.cancel_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.cancel_turn(uuid) to authenticated;

-- from supabase/schemas/public/cancel_kinkster_turn.sql
-- Stops a reply that waits or streams. What had been checkpointed of it is kept.
create or replace function public.cancel_kinkster_turn(p_turn_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  if not kinkster.cancel_turn(p_turn_id) then
    raise sqlstate 'PT409' using
      message = 'This turn has ended already.',
      hint = 'Read its reply; only a turn that waits or streams can be cancelled.';
  end if;
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = v_turn.user_id and t.id = p_turn_id;
  return kinkster.turn_as_json(v_turn) || '{"success": true}';
end
$$;

comment on function public.cancel_kinkster_turn(uuid) is
  'Cancels the caller''s turn while it waits or streams; text that was streaming stops. Returns the turn as await_kinkster_reply does. Raises PT404 for a turn that the caller cannot see, PT409 for one that has ended.';

revoke execute on function public.cancel_kinkster_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_kinkster_turn(uuid) to authenticated;

-- from supabase/schemas/kinkster/pass_breaker.sql
-- Whether a turn may be sent to a provider now. When its breaker has been open long enough, the one that asks first tries
-- it for all, and the others wait for what it finds. Security definer: workers have no table rights.
create or replace function kinkster.pass_breaker(p_provider text)
  returns timestamptz
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_probe constant interval := interval '30 seconds';
  v_now timestamptz := kinkster.now();
  v_open_until timestamptz;
begin
  select b.open_until into v_open_until from kinkster.breakers as b where b.provider = p_provider;
  if v_open_until <= v_now then
    update kinkster.breakers as b
    set open_until = v_now + c_probe
    where b.provider = p_provider and b.open_until <= v_now;
    if found then
      return null;
    end if;
    select b.open_until into v_open_until from kinkster.breakers as b where b.provider = p_provider;
  end if;
  return v_open_until;
end
$$;

comment on function kinkster.pass_breaker(text) is
  'Null when a turn may be sent to the provider now; otherwise the time at which to ask again.';

revoke execute on function kinkster.pass_breaker(text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/note_provider.sql
-- What the end of an attempt says about its provider. Writes nothing while all is well, so that turns do not queue for a
-- row. A user can make a provider fail for themselves, with a broken chatflow of their own; so, unless it can't be reached
-- at all, only failures of different users in turn say that it is down.
create or replace function kinkster.note_provider(p_provider text, p_user_id uuid, p_error_code text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_down constant text[] := array[
    'provider_unreachable', 'provider_unavailable', 'provider_timeout', 'provider_misbehaved'
  ];
  c_failures constant integer := 5;
  c_open constant interval := interval '30 seconds';
begin
  if p_error_code = any(c_down) then
    update kinkster.breakers as b
    set
      failures = b.failures + 1,
      failed_user_id = p_user_id,
      open_until = case when b.failures + 1 >= c_failures then kinkster.now() + c_open end
    where b.provider = p_provider
      and (b.failed_user_id is distinct from p_user_id or p_error_code = 'provider_unreachable' or b.open_until is not null);
  elsif p_error_code is null then
    update kinkster.breakers as b
    set failures = 0, open_until = null, failed_user_id = null
    where b.provider = p_provider and (b.failures > 0 or b.open_until is not null);
  end if;
end
$$;

comment on function kinkster.note_provider(text, uuid, text) is
  'Counts a failure of a provider that a user''s turn met (five in a row open its breaker for 30 seconds), or closes it after a whole reply (null). Other codes say nothing about the provider.';

revoke execute on function kinkster.note_provider(text, uuid, text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/retry_delay.sql
-- The retry policy. What may pass is tried again, later each time and not by all at once; what a repeat will not change,
-- and what would have to wait longer than anybody waits for a reply, is not.
create or replace function kinkster.retry_delay(p_error_code text, p_attempt integer, p_retry_after_seconds double precision)
  returns interval
  language plpgsql
  volatile
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_passing constant text[] := array[
    'provider_unreachable', 'provider_unavailable', 'provider_rate_limited', 'provider_timeout',
    'provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty', 'database_lost'
  ];
  c_longest constant double precision := 300.0::double precision;
begin
  if not coalesce(p_error_code = any(c_passing), false) or p_retry_after_seconds > c_longest then
    return null;
  end if;
  return pg_catalog.make_interval(secs =>
    coalesce(p_retry_after_seconds, 0) + 2 ^ least(p_attempt - 1, 8) * (0.5 + pg_catalog.random())
  );
end
$$;

comment on function kinkster.retry_delay(text, integer, double precision) is
  'How long to wait before attempt p_attempt + 1 after this error: Retry-After, if given, plus 1 s doubled with each attempt and spread by half; null when it is not to be repeated.';

revoke execute on function kinkster.retry_delay(text, integer, double precision)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/claim_turn.sql
-- Gives a waiting turn to a worker, with all that it needs to ask the provider. Here the route is decided, the prompt is
-- built, and whether the provider remembers or is told the transcript again. Security definer: workers have no table rights.
create or replace function kinkster.claim_turn(
  p_user_id uuid,
  p_turn_id uuid,
  p_worker text,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_look_again constant interval := interval '5 seconds';
  c_longest_wait constant interval := interval '10 minutes';
  v_now timestamptz := kinkster.now();
  v_settings kinkster.settings;
  v_turn public.kinkster_turns;
  v_parent public.kinkster_turns;
  v_kinkster public.kinksters;
  v_chat record;
  v_obstacle record;
  v_failure text[];
  v_provider text;
  v_wait_until timestamptz;
  v_limits text;
  v_limits_sha256 text;
  v_instructions text;
  v_chained boolean;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if not found or not coalesce(
    (v_turn.status = 'queued' and coalesce(v_turn.next_attempt_at <= v_now, true))
    or (v_turn.status = 'streaming' and v_turn.lease_expires_at <= v_now),
    false
  ) then
    raise sqlstate 'KW001' using message = 'This turn is not waiting for a worker.';
  end if;

  select s.* into v_settings from kinkster.settings as s;
  select
    c.kinkster_id, c.state, p.submission_state::text as user_state, p.hard_limits, p.soft_limits, p.safewords
  into v_chat
  from public.kinkster_conversations as c
  join public.profiles as p on p.id = c.user_id
  where c.user_id = p_user_id and c.id = v_turn.conversation_id;
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = v_chat.kinkster_id and (k.user_id = p_user_id or k.is_system_kinkster);

  -- A turn can be inserted without store_message; no model is asked about a safeword either way.
  if kinkster.has_safeword(v_turn.message, v_chat.safewords) then
    -- Others lock the conversation first, then its turn: whoever has it now comes first, since waiting would be a deadlock.
    perform
    from public.kinkster_conversations as c
    where c.user_id = p_user_id and c.id = v_turn.conversation_id
    for no key update skip locked;
    if not found then
      raise sqlstate 'KW001' using message = 'This turn''s conversation is being changed; look again.';
    end if;
    v_turn := kinkster.check_in(p_user_id, v_turn.conversation_id, p_turn_id, v_turn.message);
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;

  -- Asked when the message was sent, and again now: it may have waited.
  v_obstacle := kinkster.chat_obstacle(v_kinkster, v_chat.user_state);
  v_provider := v_kinkster.provider;
  if v_turn.is_shown then
    v_failure := array['worker_lost', 'The worker was lost before the reply was whole.', 'What had arrived is kept. Send the message again to have a whole reply.'];
  elsif v_turn.attempts >= v_settings.max_attempts then
    v_failure := array['worker_lost', 'The reply was interrupted several times and did not finish.', 'Send the message again.'];
  elsif v_kinkster.id is null or v_chat.state <> 'active' or v_obstacle.reason is not null then
    v_failure := array[
      'not_chattable',
      coalesce(v_obstacle.reason, 'This conversation could not go on.'),
      coalesce(v_obstacle.hint, 'Check that the conversation is active and the kinkster still yours.')
    ];
  else
    v_wait_until := kinkster.pass_breaker(v_provider);
    if v_wait_until is not null and v_settings.reroute_while_down and (
      v_provider = 'flowise'
      or coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id) is not null
    ) then
      v_provider := case v_provider when 'flowise' then 'openai_responses' else 'flowise' end;
      v_wait_until := kinkster.pass_breaker(v_provider);
    end if;
    if v_wait_until is not null and v_now - coalesce(v_turn.asked_again_at, v_turn.created_at) > c_longest_wait then
      v_failure := array['provider_unavailable', 'The provider is having trouble, and has been for a while.', 'Send the message again later.'];
    end if;
  end if;

  if v_failure is not null then
    update public.kinkster_turns as t
    set
      status = 'failed',
      finished_at = v_now,
      next_attempt_at = null,
      error_code = v_failure[1],
      error_message = v_failure[2],
      error_hint = v_failure[3]
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;
  if v_wait_until is not null then
    update public.kinkster_turns as t
    set
      status = 'queued',
      -- The breaker may close before its time: when the turn that tries the provider is answered.
      next_attempt_at = least(v_wait_until, v_now + c_look_again) + pg_catalog.random() * interval '2 seconds',
      error_code = 'provider_unavailable',
      error_message = 'The provider is having trouble.',
      error_hint = 'The message is sent by itself once the provider is back.'
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_in_state(v_turn, 'waiting');
  end if;

  v_limits := kinkster.limits_block(v_chat.hard_limits, v_kinkster.hard_limits);
  v_limits_sha256 := kinkster.sha256_of(v_limits);
  v_instructions := kinkster.compose_prompt(v_kinkster, v_limits, v_chat.soft_limits);

  -- A provider's memory goes on only from a whole reply of its own, given under the same limits, with no change of
  -- provider since, and, for Flowise, in a session that nothing else has gone on with.
  select t.* into v_parent
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = v_turn.parent_turn_id;
  v_chained := coalesce(
    v_parent.status = 'completed'
    and v_parent.provider = v_provider
    and v_parent.limits_sha256 = v_limits_sha256
    and coalesce(v_kinkster.provider_changed_at <= v_parent.started_at, true)
    and case v_provider
      when 'openai_responses' then v_parent.api = 'responses' and v_parent.response_id is not null and not p_stateless
      else v_parent.session_id is not null and not v_parent.session_taken
    end,
    false
  );
  if v_chained and v_provider = 'flowise' then
    update public.kinkster_turns as t
    set session_taken = true
    where t.user_id = p_user_id and t.id = v_parent.id;
  end if;

  update public.kinkster_turns as t
  set
    status = 'streaming',
    provider = v_provider,
    rerouted_from = case when v_provider <> v_kinkster.provider then v_kinkster.provider end,
    model = case when v_provider = 'openai_responses' then
      coalesce(v_kinkster.openai_model, v_settings.default_openai_model)
    end,
    session_id = case when v_provider = 'flowise' then
      case when v_chained then v_parent.session_id else pg_catalog.gen_random_uuid() end
    end,
    session_follows_turn_id = case when v_provider = 'flowise' then
      case when v_chained then v_parent.session_follows_turn_id else v_parent.id end
    end,
    session_taken = false,
    continuity = case when v_chained then 'chained' when v_parent.id is null then 'new' else 'rebuilt' end,
    prompt_sha256 = kinkster.sha256_of(v_instructions),
    limits_sha256 = v_limits_sha256,
    limits = pg_catalog.jsonb_build_object(
      'platform', v_settings.platform_hard_limits,
      'user', coalesce(v_chat.hard_limits, '{}'),
      'kinkster', coalesce(v_kinkster.hard_limits, '{}')
    ),
    attempts = t.attempts + 1,
    worker = p_worker,
    lease = pg_catalog.gen_random_uuid(),
    lease_expires_at = v_now + v_settings.lease,
    next_attempt_at = null,
    reply_is_stale = (t.reply <> ''),
    started_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;

  return pg_catalog.jsonb_build_object(
    'state', 'claimed',
    'plan', pg_catalog.jsonb_build_object(
      'user_id', v_turn.user_id,
      'turn_id', v_turn.id,
      'conversation_id', v_turn.conversation_id,
      'lease', v_turn.lease,
      'lease_seconds', extract(epoch from v_settings.lease),
      'attempt', v_turn.attempts,
      'provider', v_turn.provider,
      'model', v_turn.model,
      'instructions', v_instructions,
      'limits', v_limits,
      'message', v_turn.message,
      'previous_response_id', case when v_chained then v_parent.response_id end,
      'history', case
        when not v_chained then kinkster.turn_history(p_user_id, v_parent.id)
        when v_turn.session_follows_turn_id is not null then
          kinkster.turn_history(p_user_id, v_turn.session_follows_turn_id)
      end,
      'chatflow_id', case when v_turn.provider = 'flowise' then
        coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id)
      end,
      'session_id', v_turn.session_id,
      'safety_identifier', kinkster.sha256_of(p_user_id::text)
    )
  );
end
$$;

comment on function kinkster.claim_turn(uuid, uuid, text, boolean) is
  'Claims a queued turn, or one whose lease has run out, for a worker: {"state": "claimed", "plan": …}. A turn that can no longer be chatted, was claimed max_attempts times, or whose text had reached a client before its worker was lost, is settled as failed, and one with a safeword as answered: {"state": "settled", …}. While the provider''s breaker is open it goes to the other one, where settings allow, or waits: {"state": "waiting", …}. p_stateless: the server keeps no responses, so the transcript is given. Raises KW001 when the turn is not waiting, or not yet due.';

revoke execute on function kinkster.claim_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_turn(uuid, uuid, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/claim_next_turn.sql
-- The queue door's claim. Users take turns: it gives the first waiting turn of the next user after the one whose turn the
-- worker claimed last, so that a user with a thousand messages waits for no more of them than the others do. Locked rows
-- are passed over. At most one turn of a conversation waits or streams, by a unique index.
create or replace function kinkster.claim_next_turn(
  p_worker text,
  p_after_user_id uuid default null,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_first_user constant uuid := '00000000-0000-0000-0000-000000000000'::uuid;
  c_most constant integer := 100;  -- turns that end or wait instead of being claimed; the next call goes on
  c_places constant integer := 5;  -- turns of one user at a time, so that nobody takes all places
  v_now timestamptz := kinkster.now();
  v_after uuid := coalesce(p_after_user_id, c_first_user);
  v_around boolean := p_after_user_id is null;
  v_user_id uuid;
  v_turn_id uuid;
  v_claimed jsonb;
begin
  for v_try in 1 .. c_most loop
    select t.user_id, t.id into v_user_id, v_turn_id
    from public.kinkster_turns as t
    where t.status in ('queued', 'streaming')
      and t.user_id > v_after
      and c_places > (
        select pg_catalog.count(*)
        from public.kinkster_turns as running
        where running.user_id = t.user_id and running.status = 'streaming' and running.lease_expires_at > v_now
      )
      and (
        (t.status = 'queued' and coalesce(t.next_attempt_at <= v_now, true))
        or (t.status = 'streaming' and t.lease_expires_at <= v_now)
      )
    order by t.user_id, t.conversation_id
    limit 1
    for no key update skip locked;
    if found then
      begin
        v_claimed := kinkster.claim_turn(v_user_id, v_turn_id, p_worker, p_stateless);
      exception when others then
        v_claimed := '{}';
        -- Somebody is at it, or the database has a trouble that passes: passed over. But one turn that can't be prepared
        -- at all must not stop the queue for everybody.
        if sqlstate !~ '^(KW|40|53|55|57|58)' then
          raise warning 'Turn % could not be claimed: SQLSTATE %.', v_turn_id, sqlstate;
          update public.kinkster_turns as t
          set
            status = 'failed',
            finished_at = v_now,
            next_attempt_at = null,
            error_code = 'not_chattable',
            error_message = 'The database could not prepare this message.',
            error_hint = 'Tell the operator the time and the id of the turn.'
          where t.user_id = v_user_id and t.id = v_turn_id;
        end if;
      end;
      if v_claimed ->> 'state' = 'claimed' then
        return v_claimed;
      end if;
      v_after := v_user_id;
    elsif not v_around then
      v_around := true;
      v_after := c_first_user;  -- once around: the users up to the last one
    else
      exit;
    end if;
  end loop;
  return '{"state": "idle"}'::jsonb;
end
$$;

comment on function kinkster.claim_next_turn(text, uuid, boolean) is
  'Claims the next turn that waits, as claim_turn does, beginning with the users after p_after_user_id (null: with any), and at most five of a user at a time; {"state": "idle"} when none waits.';

revoke execute on function kinkster.claim_next_turn(text, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_next_turn(text, uuid, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/take_turn.sql
-- What a worker does with a turn that a client has just asked for: answer it, replay it, or read along where it is answered.
create or replace function kinkster.take_turn(
  p_user_id uuid,
  p_turn_id uuid,
  p_worker text,
  p_stateless boolean
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if (v_turn.status = 'streaming' and v_turn.lease_expires_at > v_now and v_turn.worker <> p_worker)
    or (v_turn.status = 'queued' and v_turn.next_attempt_at > v_now) then
    return kinkster.turn_in_state(v_turn, 'waiting');
  end if;
  if v_turn.status = 'completed' or (
    v_turn.status in ('failed', 'cancelled') and not exists (
      select 1
      from public.kinkster_conversations as c
      where c.user_id = p_user_id
        and c.id = v_turn.conversation_id
        and c.head_turn_id = p_turn_id
        and c.state = 'active'
    )
  ) then
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;
  -- Asked again: a last message that got no whole reply, or a claim whose answer was lost on its way to this very worker.
  if v_turn.status <> 'queued' then
    update public.kinkster_turns as t
    set
      status = 'queued',
      attempts = 0,
      asked_again_at = v_now,
      is_shown = false,
      safeword_seen = false,
      next_attempt_at = null,
      finished_at = null,
      error_code = null,
      error_message = null,
      error_hint = null
    where t.user_id = p_user_id and t.id = p_turn_id;
  end if;
  return kinkster.claim_turn(p_user_id, p_turn_id, p_worker, p_stateless);
end
$$;

comment on function kinkster.take_turn(uuid, uuid, text, boolean) is
  'A turn for the door that was asked for it: claimed when it waits, or failed or was cancelled as the last of its conversation; {"state": "waiting"} while another answers it or before its next attempt is due; settled otherwise. p_worker names one call: the same one again gets its own claim once more.';

revoke execute on function kinkster.take_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.take_turn(uuid, uuid, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/begin_turn.sql
-- The HTTP door's one call before it asks a provider: stores the message as the user, under row security, and claims the
-- turn as the worker, in one transaction and one round trip. Not security definer: it becomes the user and comes back.
create or replace function kinkster.begin_turn(
  p_claims jsonb,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_endpoint text,
  p_worker text,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_worker_role text := pg_catalog.current_setting('role');
  v_user_id uuid := (p_claims ->> 'sub')::uuid;
  v_endpoint text;
  v_sent jsonb;
begin
  perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
  perform pg_catalog.set_config('role', 'authenticated', true);

  v_sent := kinkster.store_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
  v_endpoint := kinkster.endpoint((select k.provider from public.kinksters as k where k.id = p_kinkster_id));

  perform pg_catalog.set_config('role', v_worker_role, true);
  perform pg_catalog.set_config('request.jwt.claims', '', true);

  -- Raising takes the message back: nothing is stored for a wrong route. A safeword is heeded on any.
  if p_endpoint not in ('/api/chat', v_endpoint) and not (v_sent ->> 'safeword_seen')::boolean then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster is not answered at %s.', p_endpoint),
      hint = pg_catalog.format('Post to %s, or to /api/chat, which finds the route by itself.', v_endpoint);
  end if;
  return kinkster.take_turn(v_user_id, (v_sent ->> 'turn_id')::uuid, p_worker, p_stateless);
end
$$;

comment on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) is
  'store_message as the user of verified claims, then claim_turn, in one call. p_endpoint is the path that was called. A safeword, and a request that was sent and settled before, answer {"state": "settled", …}; one that is being answered, or has to wait, {"state": "waiting", …}. Raises what both raise, and PT409 for the wrong path.';

revoke execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/checkpoint_turns.sql
-- Keeps what has streamed so far of many turns, and renews their leases: what a worker does before it sends text on, and
-- every few seconds anyway. A turn that was cancelled, or whose user or conversation paused, is told so here at the
-- latest. A turn whose row somebody has locked is passed over, so that it does not hold up the others.
create or replace function kinkster.checkpoint_turns(p_checkpoints jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_states jsonb;
begin
  with given as (
    select g.*
    from pg_catalog.jsonb_to_recordset(p_checkpoints) as g (
      user_id uuid, turn_id uuid, lease uuid, "from" integer, text text, shown boolean
    )
  ),

  locked as (
    select t.user_id, t.id, t.conversation_id, pg_catalog.char_length(t.reply) as characters
    from given as g
    join public.kinkster_turns as t on t.user_id = g.user_id and t.id = g.turn_id
    order by t.user_id, t.id
    for no key update of t skip locked
  ),

  written as (
    update public.kinkster_turns as t
    set
      -- Shorter only to leave what an earlier attempt had: a call that was late takes nothing back.
      reply = case
        when g.text <> '' and (t.reply_is_stale or l.characters < g."from" + pg_catalog.char_length(g.text))
          then pg_catalog.left(t.reply, g."from") || g.text
        else t.reply
      end,
      reply_is_stale = t.reply_is_stale and g.text = '',
      is_shown = t.is_shown or (g.shown and (g.text <> '' or g."from" > 0)),
      lease_expires_at = v_now + (select s.lease from kinkster.settings as s),
      status = case when chat.goes_on then 'streaming' else 'cancelled' end,
      finished_at = case when not chat.goes_on then v_now end,
      error_code = case when not chat.goes_on then 'paused' end,
      error_message = case when not chat.goes_on then 'This chat was paused, so this reply stopped.' end,
      error_hint = case when not chat.goes_on then 'Resume it when you want to go on.' end
    from given as g
    join locked as l on l.user_id = g.user_id and l.id = g.turn_id
    join public.kinkster_conversations as c on c.user_id = l.user_id and c.id = l.conversation_id
    join public.profiles as p on p.id = l.user_id
    cross join lateral (select c.state = 'active' and p.submission_state <> 'paused' as goes_on) as chat
    where t.user_id = g.user_id
      and t.id = g.turn_id
      and t.lease = g.lease
      and t.status = 'streaming'
      and l.characters >= g."from"
    returning t.user_id, t.id, t.status, coalesce(t.followed_until > v_now, false) as followed
  )

  select pg_catalog.jsonb_object_agg(
    g.turn_id,
    case when w.status = 'streaming' then
      pg_catalog.jsonb_build_object('state', 'kept', 'followed', w.followed)
    else
      '{"state": "lost"}'
    end
  )
  into v_states
  from given as g
  left join written as w on w.user_id = g.user_id and w.id = g.turn_id
  where exists (select from locked as l where l.user_id = g.user_id and l.id = g.turn_id)
    or not exists (select from public.kinkster_turns as t where t.user_id = g.user_id and t.id = g.turn_id);
  return coalesce(v_states, '{}');
end
$$;

comment on function kinkster.checkpoint_turns(jsonb) is
  'Stores text of leased turns and renews the leases. Takes [{"user_id", "turn_id", "lease", "from", "text", "shown"}]: from, how many characters were stored before; text, what follows them; shown, whether clients are sent it from now on. Returns for each turn id {"state": "kept", "followed": whether another worker''s client reads along} or {"state": "lost"}: stop. A turn that is missing in the answer was locked: ask again.';

revoke execute on function kinkster.checkpoint_turns(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.checkpoint_turns(jsonb) to kinkster_worker;

-- from supabase/schemas/kinkster/read_on.sql
-- What a client that reads along may be sent next, and a note in the turn that it does. Whoever answers the turn is told,
-- so that it stores text often enough to be read. Security definer: workers have no table rights.
create or replace function kinkster.read_on(p_user_id uuid, p_turn_id uuid, p_from integer, p_tag text)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_follows constant interval := interval '5 seconds';
  v_now timestamptz := kinkster.now();
  v_turn public.kinkster_turns;
  v_text text;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if p_from > 0 and (
    pg_catalog.left(v_turn.lease::text, 8) is distinct from p_tag
    or p_from > pg_catalog.char_length(v_turn.reply)
  ) then
    raise sqlstate 'PT409' using
      message = 'This reply was begun anew since.',
      hint = 'Send the request again without Last-Event-ID to read it from its beginning.';
  end if;

  v_text := pg_catalog.substr(v_turn.reply, p_from + 1);
  if v_turn.status = 'queued' or (v_turn.status = 'streaming' and v_turn.reply_is_stale) then
    v_text := '';  -- what an earlier attempt left is not shown while this one may have text of its own
  end if;
  if v_turn.status in ('queued', 'streaming') then
    if coalesce(v_turn.followed_until < v_now, true) then
      perform pg_catalog.pg_notify('kinkster_changed', p_turn_id::text);
    end if;
    if coalesce(v_turn.followed_until < v_now + c_follows / 2, true) or (v_text <> '' and not v_turn.is_shown) then
      update public.kinkster_turns as t
      set followed_until = v_now + c_follows, is_shown = t.is_shown or v_text <> ''
      where t.user_id = p_user_id and t.id = p_turn_id;
    end if;
  end if;

  return kinkster.turn_in_state(v_turn, 'followed') - 'reply' || pg_catalog.jsonb_build_object(
    'text', v_text,
    'due', coalesce(
      (v_turn.status = 'queued' and coalesce(v_turn.next_attempt_at <= v_now, true))
      or (v_turn.status = 'streaming' and v_turn.lease_expires_at <= v_now),
      false
    )
  );
end
$$;

comment on function kinkster.read_on(uuid, uuid, integer, text) is
  'A turn with text: its reply from character p_from on, as far as this attempt has any, and due: whether it waits to be claimed. Noted in the turn are, while it is in flight, that it is followed for the next seconds, and that text of it was shown. Raises PT409 when p_from > 0 and p_tag is not the tag of the present attempt.';

revoke execute on function kinkster.read_on(uuid, uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.read_on(uuid, uuid, integer, text) to kinkster_worker;

-- from supabase/schemas/kinkster/follow_turn.sql
-- Reads on in a reply from where a client stopped, whoever answers it. Row security says whether the user may; not security
-- definer: it becomes the user and comes back.
create or replace function kinkster.follow_turn(p_claims jsonb, p_turn_id uuid, p_from integer, p_tag text)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_worker_role text := pg_catalog.current_setting('role');
  v_turn public.kinkster_turns;
begin
  perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
  perform pg_catalog.set_config('role', 'authenticated', true);
  v_turn := kinkster.visible_turn(p_turn_id);
  perform pg_catalog.set_config('role', v_worker_role, true);
  perform pg_catalog.set_config('request.jwt.claims', '', true);
  return kinkster.read_on(v_turn.user_id, p_turn_id, p_from, p_tag);
end
$$;

comment on function kinkster.follow_turn(jsonb, uuid, integer, text) is
  'read_on for the user of verified claims: the turn, its text from character p_from on under the tag p_tag, and whether it is due. Raises PT404 when the user cannot see it, PT409 when the reply was begun anew since.';

revoke execute on function kinkster.follow_turn(jsonb, uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.follow_turn(jsonb, uuid, integer, text) to kinkster_worker;

-- from supabase/schemas/kinkster/settle_turn.sql
-- The end of a turn, or of an attempt at it, written once: by the worker that holds its lease. Here is decided whether a
-- failed attempt is repeated: never once a client has been sent text of it.
create or replace function kinkster.settle_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid, p_outcome jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_keys constant text[] := array[
    'status', 'reply', 'api', 'response_id', 'model', 'first_text_ms', 'input_tokens', 'cached_tokens',
    'output_tokens', 'reasoning_tokens', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds', 'shown'
  ];
  v_now timestamptz := kinkster.now();
  v_status text := p_outcome ->> 'status';
  v_code text := p_outcome ->> 'error_code';
  v_retry_after double precision := (p_outcome ->> 'retry_after_seconds')::double precision;
  v_delay interval;
  v_turn public.kinkster_turns;
begin
  if pg_catalog.jsonb_typeof(p_outcome) is distinct from 'object' then
    raise sqlstate 'PT400' using
      message = 'An outcome is a JSON object.',
      hint = pg_catalog.format('Use %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if p_outcome - c_keys <> '{}' then
    raise sqlstate 'PT400' using
      message = pg_catalog.format('These are no keys of an outcome: %s.', p_outcome - c_keys),
      hint = pg_catalog.format('Use %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if v_status is null or v_status not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT400' using
      message = 'An outcome needs a status.',
      hint = 'Use completed, failed or cancelled.';
  end if;

  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease
  for no key update;
  if v_turn.status = 'cancelled' then
    -- Cancelled while it streamed: what had arrived until then is kept. After a safeword or a pause nothing is added.
    if v_turn.error_code = 'cancelled' and p_outcome ->> 'reply' <> ''
      and (v_turn.reply_is_stale or pg_catalog.starts_with(p_outcome ->> 'reply', v_turn.reply)) then
      update public.kinkster_turns as t
      set reply = p_outcome ->> 'reply', reply_is_stale = false
      where t.user_id = p_user_id and t.id = p_turn_id
      returning t.* into v_turn;
    end if;
    return kinkster.settled_as_json(v_turn);
  end if;
  if v_turn.status is distinct from 'streaming' then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    if v_turn.error_code is not distinct from v_code
      and (v_turn.status = v_status or (v_turn.status = 'queued' and v_status = 'failed')) then
      return kinkster.settled_as_json(v_turn);
    end if;
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;

  if v_status = 'failed' and not v_turn.is_shown and not coalesce((p_outcome ->> 'shown')::boolean, false) then
    if v_code = 'worker_stopped' then
      v_delay := '0';
      v_turn.attempts := v_turn.attempts - 1;  -- handed back by a worker that had to go: nobody's failure
    elsif v_turn.attempts < (select s.max_attempts from kinkster.settings as s) then
      v_delay := kinkster.retry_delay(v_code, v_turn.attempts, v_retry_after);
    end if;
  end if;
  update public.kinkster_turns as t
  set
    status = case when v_delay is null then v_status else 'queued' end,
    attempts = v_turn.attempts,
    is_shown = t.is_shown or coalesce((p_outcome ->> 'shown')::boolean, false),
    reply = coalesce(
      case v_status when 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
      t.reply
    ),
    reply_is_stale = v_delay is not null,
    api = p_outcome ->> 'api',
    response_id = p_outcome ->> 'response_id',
    model = coalesce(p_outcome ->> 'model', t.model),
    first_text_ms = (p_outcome ->> 'first_text_ms')::integer,
    input_tokens = (p_outcome ->> 'input_tokens')::bigint,
    cached_tokens = (p_outcome ->> 'cached_tokens')::bigint,
    output_tokens = (p_outcome ->> 'output_tokens')::bigint,
    reasoning_tokens = (p_outcome ->> 'reasoning_tokens')::bigint,
    error_code = v_code,
    error_message = p_outcome ->> 'error_message',
    error_hint = p_outcome ->> 'error_hint',
    next_attempt_at = v_now + coalesce(v_delay, pg_catalog.make_interval(secs => v_retry_after)),
    finished_at = case when v_delay is null then v_now end
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;
  if v_delay = '0' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
  if v_status = 'completed' or (v_status = 'failed' and v_turn.first_text_ms is null) then
    perform kinkster.note_provider(v_turn.provider, p_user_id, v_code);
  end if;

  -- For clients that read it: the owner's last reply. A system character's row is nobody's to change.
  if v_turn.status = 'completed' and v_turn.provider = 'openai_responses' then
    begin
      update public.kinksters as k
      set openai_previous_response_id = v_turn.response_id
      from public.kinkster_conversations as c
      where c.user_id = p_user_id
        and c.id = v_turn.conversation_id
        and k.id = c.kinkster_id
        and k.user_id = p_user_id
        and k.provider = 'openai_responses'
        and not k.is_system_kinkster;
    exception when check_violation then
      -- A row from before a rule that it breaks can't be written. The reply matters more than this copy of its id.
      null;
    end;
  end if;
  return kinkster.settled_as_json(v_turn);
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens and error; the same call again changes nothing. What may pass and was not shown to anybody ("shown") waits as queued for its next attempt instead of failing. Of a turn that was cancelled meanwhile the text is kept. Returns turn_id, status, retry_in_seconds and error as they are then. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;

-- from supabase/schemas/kinkster/checkpoint_turn.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.checkpoint_turn(uuid, uuid, uuid, text);
-- squawk-ignore ban-drop-function
drop function kinkster.store_message(uuid, text, uuid, uuid);

-- from supabase/schemas/public/profiles.sql (sha256 874273b8d9e7984e55951e70c76e374d6153d46d04abbef06022d857408312b5)
-- Last, since everybody waits for profiles from here to the end.
alter table public.profiles
  add column if not exists safewords text[] not null default '{safeword}',
  add constraint safewords_can_be_said check (kinkster.are_safewords(safewords)) not valid;
comment on column public.profiles.safewords is 'Words of which each, said in any chat as a whole word, stops it: at most 20 of 100 characters. Nothing said in a chat changes them.';
grant insert (safewords) on public.profiles to authenticated;
grant update (safewords) on public.profiles to authenticated;
