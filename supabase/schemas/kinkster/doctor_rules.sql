-- Rules that came with the migrations leave rows that break them as they are. Only rules are asked that some row broke then,
-- and only for a moment: the rows are many, and a rule may be slow.
create or replace function kinkster.doctor_rules(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_until constant timestamptz := pg_catalog.clock_timestamp() + interval '0.4 seconds';
  v_rules text;
  v_looked bigint;
  v_broken bigint;
  v_id text;
begin
  select pg_catalog.string_agg(c.conname::text, ', ' order by c.conname) into v_rules
  from pg_catalog.pg_constraint as c
  where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated;
  if v_rules is null then
    state := 'ok';
    said := 'Every character keeps every rule.';
    return;
  end if;
  execute coalesce(
    (
      select pg_catalog.format(
        'select count(*), count(*) filter (where %1$s), min(id::text) filter (where %1$s)
         from public.kinksters where clock_timestamp() < $1',
        pg_catalog.string_agg(pg_catalog.format('not (%s)', pg_catalog.pg_get_expr(c.conbin, c.conrelid)), ' or ')
      )
      from pg_catalog.pg_constraint as c
      where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated
    ), 'select 0, 0, null'
  ) into v_looked, v_broken, v_id using c_until;
  state := 'warning';
  if v_broken = 0 then
    said := pg_catalog.format('None of the %s characters that were looked at breaks a rule, but these are not valid for all: %s.', v_looked, v_rules);
    todo := pg_catalog.format('Run, for each of them: alter table public.kinksters validate constraint %s;', pg_catalog.split_part(v_rules, ', ', 1));
  else
    said := pg_catalog.format(
      'Characters that break a rule (%s), and so can''t be edited or not be chatted with: %s of %s that were looked at, such as %s.',
      v_rules, v_broken, v_looked, v_id
    );
    todo := pg_catalog.format('Correct what the rule is about: update kinksters set age_range = ''30s'' where id = ''%s'';', v_id);
  end if;
end
$$;

comment on function kinkster.doctor_rules() is 'Whether characters break a rule, such as that of ages, so that they can''t be written or chatted with.';

revoke execute on function kinkster.doctor_rules() from public, anon, authenticated, service_role;
