-- Each rule that all rows keep is made valid; the others stay not valid, and hold for whatever is written from now on.
-- Validating reads the table under a lock that neither reads nor writes wait for.
set local lock_timeout = '400ms';

do $$
declare
  v_constraint name;
begin
  for v_constraint in
    select c.conname
    from pg_catalog.pg_constraint as c
    where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated
    order by c.conname
  loop
    begin
      execute pg_catalog.format('alter table public.kinksters validate constraint %I', v_constraint);
    exception when check_violation then
      raise notice 'Some kinksters break %: they are kept, and cannot be edited until it is put right.', v_constraint;
    end;
  end loop;
end
$$;
