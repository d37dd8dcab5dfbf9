-- The private half of the product: the clock, the settings, the rules that public functions share, and the worker's functions.
-- PostgREST must not expose it.
create schema if not exists kinkster;

comment on schema kinkster is
  'Private: clock, settings, shared rules and the worker''s functions. Never exposed through PostgREST.';

-- The worker logs in as this role. It has no password until an operator gives it one, no table rights, and inherits
-- nothing from authenticated: it may only become that role, to run a user's SQL as that user.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'kinkster_worker') then
    create role kinkster_worker login noinherit;
  end if;
end
$$;

comment on role kinkster_worker is
  'Login of the kinkster worker: execute on its functions in schema kinkster, and set role authenticated.';

-- One character of an unusual size must not hold a connection for ever.
alter role kinkster_worker set statement_timeout = '15s';

grant authenticated to kinkster_worker;
revoke all on schema kinkster from public, anon, authenticated, service_role, kinkster_worker;
grant usage on schema kinkster to authenticated, service_role, kinkster_worker;
