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
