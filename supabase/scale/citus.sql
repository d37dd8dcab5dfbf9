-- Distributes conversations, turns and ratings by user over the nodes of a Citus cluster. A trial, NOT for production: the tables
-- distribute and keep their keys and row policies, but turns do not run yet; docs/scaling.md lists what refuses. By hand,
-- on an empty coordinator whose nodes are added, once, after the migrations, as a superuser:
--
--   psql --single-transaction --set=ON_ERROR_STOP=1 --file=supabase/scale/citus.sql
--
-- It can't be run twice, and says so.

do $$
begin
  if not exists (select from pg_catalog.pg_extension where extname = 'citus') then
    raise exception 'There is no Citus here.' using hint = 'Load it on every node, and say create extension citus.';
  end if;
  if exists (select from pg_catalog.pg_dist_partition where logicalrelid = 'public.kinkster_turns'::regclass) then
    raise exception 'The turns are distributed already.' using hint = 'There is nothing to do.';
  end if;
end
$$;

set local citus.multi_shard_modify_mode = 'sequential';

-- Triggers are refused on distributed tables. None of these is on the path of a turn: they keep kinkster.daily_sums right
-- after deletes and ratings. From now on a delete or a rating of an older turn is in no sum until all is added up again:
--   update kinkster.roll_up_state set rolled_until = '-infinity';
drop trigger kinkster_conversations_deleted on public.kinkster_conversations;
drop trigger kinkster_turns_deleted on public.kinkster_turns;
drop trigger kinkster_ratings_changed on public.kinkster_ratings;

-- Policies must hold no subquery: (select auth.uid()) becomes auth.uid(), which an index is searched by just the same.
do $$
declare
  c_query constant text := '\( SELECT (auth\.\w+\(\)) AS \w+\)';
  v_policy record;
begin
  for v_policy in
    select p.schemaname, p.tablename, p.policyname, p.qual, p.with_check
    from pg_catalog.pg_policies as p
    where (p.schemaname, p.tablename) in (
        ('public', 'profiles'), ('public', 'kinksters'), ('public', 'kinkster_conversations'), ('public', 'kinkster_turns'),
        ('kinkster', 'turns_in_flight'), ('public', 'kinkster_ratings')
      )
      and pg_catalog.concat(p.qual, p.with_check) ~ c_query
  loop
    execute pg_catalog.format('alter policy %I on %I.%I', v_policy.policyname, v_policy.schemaname, v_policy.tablename)
      || coalesce(' using (' || pg_catalog.regexp_replace(v_policy.qual, c_query, '\1', 'g') || ')', '')
      || coalesce(' with check (' || pg_catalog.regexp_replace(v_policy.with_check, c_query, '\1', 'g') || ')', '');
  end loop;
end
$$;

-- Whether the kinkster can be seen is asked by a function, since a policy may not ask another table itself.
create function kinkster.sees_kinkster(p_kinkster_id uuid)
  returns boolean
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return exists (select from public.kinksters as k where k.id = p_kinkster_id);
end
$$;

comment on function kinkster.sees_kinkster(uuid) is 'Whether the caller can see this kinkster. Made by supabase/scale/citus.sql.';

revoke execute on function kinkster.sees_kinkster(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.sees_kinkster(uuid) to authenticated;

alter policy "Users start conversations with kinksters they can see" on public.kinkster_conversations
  with check (user_id = auth.uid() and kinkster.sees_kinkster(kinkster_id));

-- Foreign keys are put back once both sides are where they belong, all but one: auth.users stays on the coordinator, so
-- who deletes a user deletes the profile, too.
create temporary table kept_keys on commit drop as
select k.conrelid::regclass::text as relation, k.conname as name, pg_catalog.pg_get_constraintdef(k.oid) as definition
from pg_catalog.pg_constraint as k
where k.contype = 'f'
  and (
    k.conrelid in (
      'public.profiles'::regclass, 'public.kinksters'::regclass, 'public.kinkster_conversations'::regclass,
      'public.kinkster_turns'::regclass, 'kinkster.turns_in_flight'::regclass, 'public.kinkster_ratings'::regclass
    )
    or k.confrelid in ('public.profiles'::regclass, 'public.kinksters'::regclass)
  );

do $$
declare
  v_key record;
begin
  for v_key in select k.relation, k.name from kept_keys as k loop
    execute pg_catalog.format('alter table %s drop constraint %I', v_key.relation, v_key.name);
  end loop;
end
$$;

-- Nor on reference tables: even as an unsafe trigger this one fails on the copies. From now on an edit of a kinkster makes no
-- revision.
drop trigger kinksters_touch on public.kinksters;

select create_reference_table('public.profiles');
select create_reference_table('public.kinksters');
select create_reference_table('kinkster.settings');
select create_reference_table('kinkster.models');
select create_reference_table('kinkster.model_prices');
select create_reference_table('kinkster.breakers');
select create_reference_table('kinkster.rollouts');
select create_reference_table('kinkster.rollout_kinksters');

-- The views of figures depend on a function that returns their own rows, which Citus calls circular and does not carry to
-- the nodes. They are read on the coordinator; what the two tables need is carried by name.
select create_distributed_function('kinkster.is_blank(text)');
select create_distributed_function('kinkster.now()');
select create_distributed_function('kinkster.sees_kinkster(uuid)');
set local citus.enable_metadata_sync = off;
select create_distributed_table('public.kinkster_conversations', 'user_id');
select create_distributed_table('public.kinkster_turns', 'user_id', colocate_with => 'public.kinkster_conversations');
select create_distributed_table('kinkster.turns_in_flight', 'user_id', colocate_with => 'public.kinkster_conversations');
select create_distributed_table('public.kinkster_ratings', 'user_id', colocate_with => 'public.kinkster_conversations');

do $$
declare
  v_key record;
begin
  for v_key in select k.relation, k.name, k.definition from kept_keys as k where k.name <> 'profiles_id_fkey' loop
    -- "on delete set null" is refused: a turn that others follow, or that is a head, can be deleted with its conversation only.
    execute pg_catalog.format(
      'alter table %s add constraint %I %s',
      v_key.relation, v_key.name, pg_catalog.regexp_replace(v_key.definition, ' ON DELETE SET NULL \(.*\)$', '')
    );
  end loop;
end
$$;
