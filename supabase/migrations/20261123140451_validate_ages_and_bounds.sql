-- Each rule that all rows keep is made valid, as before; the others hold for whatever is written from now on.
-- Validating reads the tables under a lock that neither reads nor writes wait for.
set local lock_timeout = '400ms';

do $$
declare
  v_rule record;
begin
  for v_rule in
    select c.conrelid::regclass as relation, c.conname
    from pg_catalog.pg_constraint as c
    where c.conrelid in ('public.profiles'::regclass, 'public.kinksters'::regclass)
      and c.contype = 'c'
      and not c.convalidated
    order by c.conrelid, c.conname
  loop
    begin
      execute pg_catalog.format('alter table %s validate constraint %I', v_rule.relation, v_rule.conname);
    exception when check_violation then
      raise notice 'Some rows of % break %: they are kept, and cannot be written until that is put right.',
        v_rule.relation, v_rule.conname;
    end;
  end loop;
end
$$;
