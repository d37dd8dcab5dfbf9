-- Waits for a turn's end, so that plain SQL or RPC can hold a conversation. It looks again ten times a second; being
-- volatile, it sees what others commit meanwhile. Call it outside the transaction that sent the message. Supabase gives API
-- calls a statement_timeout of 8 s, which would end the call with an error: it returns a second, or a quarter, before that.
create or replace function public.await_kinkster_reply(p_turn_id uuid, p_timeout interval default '30 seconds')
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_limit interval := nullif(pg_catalog.current_setting('statement_timeout'), '0')::interval;
  v_deadline timestamptz := least(
    pg_catalog.clock_timestamp() + p_timeout, pg_catalog.statement_timestamp() + v_limit - least(v_limit / 4, '1 second')
  );
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
    perform pg_catalog.pg_sleep_for(least('0.1 seconds', v_deadline - pg_catalog.clock_timestamp()));
  end loop;
  return kinkster.turn_as_json(v_turn) || pg_catalog.jsonb_build_object('success', true);
end
$$;

comment on function public.await_kinkster_reply(uuid, interval) is
  'Waits until the caller''s turn has ended, at most p_timeout (up to 10 minutes) and not as long as the session''s statement_timeout, and returns turn_id, conversation_id, status, reply and error as they are then. Raises PT404 for a turn that the caller cannot see, PT422 for a bad timeout.';

revoke execute on function public.await_kinkster_reply(uuid, interval) from public, anon, authenticated, service_role;
grant execute on function public.await_kinkster_reply(uuid, interval) to authenticated;
