-- An earlier attempt may have left rows without a provider, which are answered by Flowise, as they were before it. Filling
-- them in takes a while, so from here on whoever writes such a row fills it in, and nobody's edit is ever refused. The next
-- migrations fill in the others; what is made here goes again with the last of them.
-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

create or replace function kinkster.fill_in_provider()
  returns trigger
  language plpgsql
  security invoker
  set search_path = ''
as $$
begin
  new.provider := 'flowise';
  return new;
end
$$;

comment on function kinkster.fill_in_provider() is
  'Trigger, while the migrations install: a row that is written has a provider.';

revoke execute on function kinkster.fill_in_provider() from public, anon, authenticated, service_role;

-- A row that is filled in keeps others who write it waiting until the end of the transaction, so this ends in time, and is
-- called in several transactions. Rows that somebody is writing are passed over: nobody waits for anybody here, and so
-- there can't be a deadlock. To be filled in is no edit: no trigger may take it for one.
create or replace function kinkster.fill_in_providers(p_within interval)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_pages constant bigint := 100;
  v_end constant timestamptz := pg_catalog.clock_timestamp() + p_within;
  v_triggers name[] := '{}';
  v_trigger name;
  v_page bigint := 0;
begin
  if not exists (
    select
    from pg_catalog.pg_attribute as a
    where a.attrelid = pg_catalog.to_regclass('public.kinksters') and a.attname = 'provider' and not a.attnotnull
  ) then
    return;
  end if;
  if not exists (
    select
    from public.kinksters as k
    where k.provider is null
  ) then
    return;
  end if;
  begin
    set local session_replication_role = replica;
  exception when insufficient_privilege then
    -- The owner of the table may do it like this, and writers wait meanwhile.
    select coalesce(pg_catalog.array_agg(t.tgname), '{}') into v_triggers
    from pg_catalog.pg_trigger as t
    where t.tgrelid = 'public.kinksters'::regclass and not t.tgisinternal and t.tgenabled = 'O';
    foreach v_trigger in array v_triggers loop
      execute pg_catalog.format('alter table public.kinksters disable trigger %I', v_trigger);
    end loop;
  end;
  while pg_catalog.clock_timestamp() < v_end
    and v_page * pg_catalog.current_setting('block_size')::bigint < pg_catalog.pg_relation_size('public.kinksters')
  loop
    update public.kinksters as k
    set provider = 'flowise'
    where k.ctid = any (array(
      select f.ctid
      from public.kinksters as f
      where f.ctid >= pg_catalog.format('(%s,0)', v_page)::tid
        and f.ctid < pg_catalog.format('(%s,0)', v_page + c_pages)::tid
        and f.provider is null
      for no key update skip locked
    ));
    v_page := v_page + c_pages;
  end loop;
  foreach v_trigger in array v_triggers loop
    execute pg_catalog.format('alter table public.kinksters enable trigger %I', v_trigger);
  end loop;
  if v_triggers = '{}' then
    set local session_replication_role = origin;
  end if;
end
$$;

comment on function kinkster.fill_in_providers(interval) is
  'While the migrations install: gives rows without a provider Flowise, until the time is over.';

revoke execute on function kinkster.fill_in_providers(interval) from public, anon, authenticated, service_role;

do $$
begin
  if exists (
    select
    from pg_catalog.pg_attribute as a
    where a.attrelid = pg_catalog.to_regclass('public.kinksters') and a.attname = 'provider' and not a.attnotnull
  ) then
    alter table public.kinksters alter column provider set default 'flowise';
    -- Its name puts it behind kinksters_touch, to which it is no change of provider.
    create or replace trigger provider_is_filled_in
      before insert or update on public.kinksters
      for each row
      when (new.provider is null)
      execute function kinkster.fill_in_provider();
  end if;
end
$$;
