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
    'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds',
    'shown'
  ];
  v_now timestamptz := kinkster.now();
  v_status text := p_outcome ->> 'status';
  v_code text := p_outcome ->> 'error_code';
  v_retry_after double precision := (p_outcome ->> 'retry_after_seconds')::double precision;
  v_delay interval;
  v_cost numeric;
  v_attempt jsonb;
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
  if p_outcome ->> 'input_tokens' is not null then
    v_cost := kinkster.cost_of(
      coalesce(p_outcome ->> 'model', v_turn.model),
      v_now,
      (p_outcome ->> 'input_tokens')::bigint,
      (p_outcome ->> 'cached_tokens')::bigint,
      (p_outcome ->> 'cache_write_tokens')::bigint,
      (p_outcome ->> 'output_tokens')::bigint
    );
  end if;
  v_attempt := pg_catalog.jsonb_build_object(
    'model', case when coalesce(v_turn.model, p_outcome ->> 'model') is not null then
      (kinkster.find_model(coalesce(v_turn.model, p_outcome ->> 'model'))).model
    end,
    'cost_usd', v_cost
  );

  if v_turn.status = 'cancelled' then
    -- Cancelled while it streamed: what had arrived until then is kept. After a safeword or a pause nothing is added.
    if v_turn.error_code = 'cancelled' and p_outcome ->> 'reply' <> ''
      and (v_turn.reply_is_stale or pg_catalog.starts_with(p_outcome ->> 'reply', v_turn.reply)) then
      update public.kinkster_turns as t
      set reply = p_outcome ->> 'reply', reply_is_stale = false
      where t.user_id = p_user_id and t.id = p_turn_id
      returning t.* into v_turn;
    end if;
    return kinkster.settled_as_json(v_turn) || v_attempt;
  end if;
  if v_turn.status is distinct from 'streaming' then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    if v_turn.error_code is not distinct from v_code
      and (v_turn.status = v_status or (v_turn.status = 'queued' and v_status = 'failed')) then
      return kinkster.settled_as_json(v_turn) || v_attempt;
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
      case when v_status = 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
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
    cache_write_tokens = (p_outcome ->> 'cache_write_tokens')::bigint,
    -- Earlier attempts count too. One that failed without a word of tokens leaves what is known of the others.
    cost_usd = case
      when v_cost is not null then coalesce(t.cost_usd, 0) + v_cost
      when v_status <> 'completed' and p_outcome ->> 'input_tokens' is null then t.cost_usd
    end,
    error_code = v_code,
    error_message = p_outcome ->> 'error_message',
    error_hint = p_outcome ->> 'error_hint',
    next_attempt_at = v_now + coalesce(v_delay, pg_catalog.make_interval(secs => v_retry_after)),
    finished_at = case when v_delay is null then v_now end
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;
  if v_delay is null then
    delete from kinkster.turns_in_flight as f
    where f.user_id = p_user_id and f.conversation_id = v_turn.conversation_id;
  elsif v_delay = '0' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
  if v_status = 'completed' or (v_status = 'failed' and v_turn.first_text_ms is null) then
    perform kinkster.note_provider(v_turn.provider, p_user_id, v_code);
  end if;

  if v_turn.status = 'completed' and v_turn.provider = 'openai_responses' then
    perform kinkster.show_response_id(p_user_id, v_turn.conversation_id, v_turn.response_id);
  end if;
  return kinkster.settled_as_json(v_turn) || v_attempt;
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens, what they cost, and error; the same call again changes nothing. What may pass and was not shown to anybody ("shown") waits as queued for its next attempt instead of failing. Of a turn that was cancelled meanwhile the text is kept. Returns turn_id, status, retry_in_seconds and error as they are then, and of this attempt cost_usd and model: the registry''s name of the one that was asked; null when it is not known. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;
