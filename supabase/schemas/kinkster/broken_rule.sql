-- Rules that came later leave rows that break them as they are; such a row can't be written, whatever else changes in it.
-- Only rules that some row breaks are asked: the others are valid for all.
create or replace function kinkster.broken_rule(p_kinkster public.kinksters)
  returns text
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_rules constant oid[] := array(
    select c.oid
    from pg_catalog.pg_constraint as c
    where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated
  );
  v_rule text;
begin
  if c_rules <> '{}' then
    execute coalesce(
      (
        select pg_catalog.format(
          'select coalesce(%s) from (select ($1).*) as kinksters',
          pg_catalog.string_agg(
            pg_catalog.format('case when not (%s) then %L end', pg_catalog.pg_get_expr(c.conbin, c.conrelid), c.conname), ', '
            order by c.conname
          )
        )
        from pg_catalog.pg_constraint as c
        where c.oid = any (c_rules)
      ),
      'select null'
    ) into v_rule using p_kinkster;
  end if;
  return v_rule;
end
$$;

comment on function kinkster.broken_rule(public.kinksters) is
  'The name of the first rule that a character breaks and that was made after it; null for none.';

revoke execute on function kinkster.broken_rule(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.broken_rule(public.kinksters) to authenticated, service_role;
