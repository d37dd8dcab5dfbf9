-- People know addresses, not ids.
create or replace function kinkster.find_notion_user(p_who text)
  returns uuid
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_who text := kinkster.trimmed(p_who);
  v_ids uuid[];
begin
  v_ids := array(
    select p.id
    from public.profiles as p
    where p.id::text = pg_catalog.lower(v_who) or p.email = v_who
  );
  if v_ids = '{}' then
    v_ids := array(select p.id from public.profiles as p where pg_catalog.lower(p.email) = pg_catalog.lower(v_who));
  end if;
  if pg_catalog.cardinality(v_ids) > 1 then
    raise sqlstate 'PT409' using
      message = 'There are several profiles with this address.',
      hint = 'Give the address in the letters of the profile, or the id of the user.';
  end if;
  if v_ids = '{}' then
    raise sqlstate 'PT404' using
      message = 'There is no profile with this id or address.',
      hint = 'Give the id of the user, or the e-mail address in their profile.';
  end if;
  return v_ids[1];
end
$$;

comment on function kinkster.find_notion_user(text) is 'The user with this id or e-mail address. Raises PT404 when there is none, PT409 when there are several.';

revoke execute on function kinkster.find_notion_user(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.find_notion_user(text) to kinkster_worker;
