-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/profiles.sql (sha256 af21cc2027c3143d9f968802655ef2b6fa501602bc3f8c7355e82a6eae076f71)
-- An application's own policies are joined to ours by "or": one that lets others read or write a profile would make the
-- limits in it, and what else it holds, theirs. Ours are all there is from here on; put back by hand what you still need.
do $$
declare
  v_policy name;
begin
  for v_policy in
    select p.policyname
    from pg_catalog.pg_policies as p
    where p.schemaname = 'public' and p.tablename = 'profiles' and p.policyname <> all (array[
      'Users read their own profile', 'Users create their own profile', 'Users edit their own profile'
    ])
  loop
    raise notice 'dropped policy % on public.profiles', v_policy;
    execute pg_catalog.format('drop policy %I on public.profiles', v_policy);
  end loop;
end
$$;

-- An address is taken from the sign-in, never chosen: whoever could choose one could take somebody else's.
revoke update (email) on public.profiles from authenticated;
drop policy "Users create their own profile" on public.profiles;
create policy "Users create their own profile" on public.profiles
  for insert to authenticated
  with check (id = (select auth.uid()) and lower(email) = lower((select auth.jwt()) ->> 'email'));

alter table public.profiles
  add constraint limits_are_at_most_20000_characters
  check (char_length(concat_ws(' ', hard_limits, soft_limits)) <= 20000) not valid;
