-- A thumb up or down for a reply, and what there is to say of it. It is the last one that counts.
create or replace function public.rate_kinkster_reply(
  p_turn_id uuid,
  p_rating integer,
  p_note text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
  v_note text := case when not kinkster.is_blank(p_note) then p_note end;
begin
  if p_rating not in (1, -1) then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%s is not a rating.', p_rating),
      hint = 'Use 1 for a good reply, -1 for a bad one, or null to take a rating back.';
  end if;
  if p_rating is null and v_note is not null then
    raise sqlstate 'PT422' using
      message = 'A note goes with a rating.',
      hint = 'Give 1 or -1 with it, or leave it out to take a rating back.';
  end if;
  if pg_catalog.char_length(v_note) > 2000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The note has %s characters; at most 2,000 are kept.', pg_catalog.char_length(v_note)),
      hint = 'Shorten it.';
  end if;
  if v_turn.status <> 'completed' or v_turn.provider is null then
    raise sqlstate 'PT409' using
      message = 'This turn has no whole reply of a provider.',
      hint = 'Rate a turn whose status is completed; the answer to a safeword is nobody''s to rate.';
  end if;

  if p_rating is null then
    delete from public.kinkster_ratings as r
    where r.user_id = v_turn.user_id and r.turn_id = p_turn_id;
  else
    insert into public.kinkster_ratings as r (user_id, turn_id, rating, note)
    values (v_turn.user_id, p_turn_id, p_rating, v_note)
    on conflict (user_id, turn_id) do update
    set rating = excluded.rating, note = excluded.note, rated_at = excluded.rated_at;
  end if;
  return pg_catalog.jsonb_build_object('success', true, 'turn_id', p_turn_id, 'rating', p_rating, 'note', v_note);
end
$$;

comment on function public.rate_kinkster_reply(uuid, integer, text) is
  'Rates the reply of the caller''s turn: 1 or -1, with a note of at most 2,000 characters; again replaces both, and null takes them back. Returns the rating as it is then. Raises PT404 for a turn that the caller cannot see, PT409 for one without a whole reply of a provider, PT422 for another rating, a longer note, or a note without a rating.';

revoke execute on function public.rate_kinkster_reply(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function public.rate_kinkster_reply(uuid, integer, text) to authenticated;
