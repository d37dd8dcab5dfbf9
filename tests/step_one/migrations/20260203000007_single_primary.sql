create function public.ensure_single_primary_kinkster() returns trigger language plpgsql as $$
begin
  if new.is_primary then
    update public.kinksters set is_primary = false where user_id = new.user_id and id <> new.id and is_primary;
  end if;
  return new;
end;
$$;
create trigger ensure_single_primary before insert or update on public.kinksters
  for each row when (new.is_primary) execute function public.ensure_single_primary_kinkster();
