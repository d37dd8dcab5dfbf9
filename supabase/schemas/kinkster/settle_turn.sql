-- The end of a turn, written once: by the worker that holds its lease.
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
    'output_tokens', 'reasoning_tokens', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds'
  ];
  v_now timestamptz := kinkster.now();
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
  if (p_outcome ->> 'status') is null or p_outcome ->> 'status' not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT400' using
      message = 'An outcome needs a status.',
      hint = 'Use completed, failed or cancelled.';
  end if;

  update public.kinkster_turns as t
  set
    status = p_outcome ->> 'status',
    reply = coalesce(
      case p_outcome ->> 'status' when 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
      t.reply
    ),
    api = p_outcome ->> 'api',
    response_id = p_outcome ->> 'response_id',
    model = coalesce(p_outcome ->> 'model', t.model),
    first_text_ms = (p_outcome ->> 'first_text_ms')::integer,
    input_tokens = (p_outcome ->> 'input_tokens')::bigint,
    cached_tokens = (p_outcome ->> 'cached_tokens')::bigint,
    output_tokens = (p_outcome ->> 'output_tokens')::bigint,
    reasoning_tokens = (p_outcome ->> 'reasoning_tokens')::bigint,
    error_code = p_outcome ->> 'error_code',
    error_message = p_outcome ->> 'error_message',
    error_hint = p_outcome ->> 'error_hint',
    next_attempt_at = v_now + pg_catalog.make_interval(secs => (p_outcome ->> 'retry_after_seconds')::double precision),
    finished_at = v_now
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = 'streaming'
  returning t.* into v_turn;
  if not found then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    perform
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = p_outcome ->> 'status';
    if not found then
      raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
    end if;
    return pg_catalog.jsonb_build_object('success', true, 'turn_id', p_turn_id, 'status', p_outcome ->> 'status');
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
  return pg_catalog.jsonb_build_object('success', true, 'turn_id', v_turn.id, 'status', v_turn.status);
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens and error; the same call again changes nothing. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;
