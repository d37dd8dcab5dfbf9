-- Distributes conversations, turns and ratings by user over the nodes of a Citus cluster, and lets each turn run on the node that
-- has its user. docs/scaling.md says what ran so, and what does not. By hand, with psql, on an empty coordinator whose nodes are
-- added, once, after the migrations, as a superuser:
--
--   psql --single-transaction --set=ON_ERROR_STOP=1 --file=supabase/scale/citus.sql
--
-- It can't be run twice, and says so. A later migration that replaces one of the functions that are changed at the end takes the
-- change back: then make it again. After a node is added, everybody could call the functions there, until you say once more:
--   revoke execute on all functions in schema kinkster from public;

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

set local client_min_messages = warning;
set local citus.multi_shard_modify_mode = 'sequential';

-- Triggers are refused on distributed tables. None of these is on the path of a turn: they keep kinkster.daily_sums right
-- after deletes and ratings. From now on a delete or a rating of an older turn is in no sum until all is added up again:
--   update kinkster.roll_up_state set rolled_until = '-infinity';
drop trigger kinkster_conversations_deleted on public.kinkster_conversations;
drop trigger kinkster_turns_deleted on public.kinkster_turns;
drop trigger kinkster_ratings_changed on public.kinkster_ratings;

-- Nor on reference tables: even as an unsafe trigger this one fails on the copies. From now on an edit of a kinkster makes no
-- revision.
drop trigger kinksters_touch on public.kinksters;

create temporary table placed on commit drop as
select c.oid, n.nspname as schema, c.relname as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.oid in (
  'public.profiles'::regclass, 'public.kinksters'::regclass, 'public.kinkster_conversations'::regclass,
  'public.kinkster_turns'::regclass, 'public.kinkster_ratings'::regclass, 'kinkster.turns_in_flight'::regclass
);

-- Policies must hold no subquery: (select auth.uid()) becomes auth.uid(), which an index is searched by just the same.
do $$
declare
  c_query constant text := '\( SELECT (auth\.\w+\(\)) AS \w+\)';
  v_policy record;
begin
  for v_policy in
    select p.schemaname, p.tablename, p.policyname, p.qual, p.with_check
    from pg_catalog.pg_policies as p
    join placed on placed.schema = p.schemaname and placed.name = p.tablename
    where pg_catalog.concat(p.qual, p.with_check) ~ c_query
  loop
    execute pg_catalog.format('alter policy %I on %I.%I', v_policy.policyname, v_policy.schemaname, v_policy.tablename)
      || coalesce(' using (' || pg_catalog.regexp_replace(v_policy.qual, c_query, '\1', 'g') || ')', '')
      || coalesce(' with check (' || pg_catalog.regexp_replace(v_policy.with_check, c_query, '\1', 'g') || ')', '');
  end loop;
end
$$;

-- Whether the kinkster can be seen is asked by a function, since a policy may not ask another table itself. It may ask from
-- within a statement on a shard, for a reference table has a copy there.
create function kinkster.sees_kinkster(p_kinkster_id uuid)
  returns boolean
  language plpgsql
  stable
  security invoker
  set search_path = ''
  set citus.allow_nested_distributed_execution = on
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

-- Citus writes the defaults of other columns into a user's insert, so the user needs the right to. Of a conversation or a rating
-- of their own a user may so also say when it was made.
grant insert (state, created_at, updated_at) on public.kinkster_conversations to authenticated;
grant insert (rated_at) on public.kinkster_ratings to authenticated;

-- Foreign keys are put back once both sides are where they belong, all but one: auth.users stays on the coordinator, so
-- who deletes a user deletes the profile, too.
create temporary table kept_keys on commit drop as
select k.conrelid::regclass::text as relation, k.conname as name, pg_catalog.pg_get_constraintdef(k.oid) as definition
from pg_catalog.pg_constraint as k
where k.contype = 'f' and (k.conrelid in (select placed.oid from placed) or k.confrelid in (select placed.oid from placed));

do $$
declare
  v_key record;
begin
  for v_key in select k.relation, k.name from kept_keys as k loop
    execute pg_catalog.format('alter table %s drop constraint %I', v_key.relation, v_key.name);
  end loop;
end
$$;

-- Views whose rows a function returns are called circular, and would have to go to the nodes with their tables. They are made
-- again for the coordinator alone.
drop view kinkster.measured_turns cascade;

select create_reference_table('public.profiles');
select create_reference_table('public.kinksters');
select create_reference_table('kinkster.settings');
select create_reference_table('kinkster.models');
select create_reference_table('kinkster.model_prices');
select create_reference_table('kinkster.breakers');
select create_reference_table('kinkster.rollouts');
select create_reference_table('kinkster.rollout_kinksters');

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

set local citus.enable_ddl_propagation = off;
\ir ../schemas/kinkster/measured_turns.sql
\ir ../schemas/kinkster/turns_not_added_up.sql
\ir ../schemas/kinkster/turn_sums.sql
\ir ../schemas/kinkster/flowise_hosting.sql
\ir ../schemas/kinkster/daily_turns.sql
\ir ../schemas/kinkster/provider_metrics.sql
\ir ../schemas/kinkster/character_metrics.sql
\ir ../schemas/public/kinkster_metrics.sql
set local citus.enable_ddl_propagation = on;

-- The worker's calls, and what is different in them here.

-- The clock is asked for a default within a statement on a shard; the settings have a copy there.
alter function kinkster.now() set citus.allow_nested_distributed_execution = on;

-- A worker's message to a user's node: Citus runs the whole function where p_user_id is, when it is all that a statement does.
-- So begin_turn and follow_turn hand the user of their claims on; in SQL without settings, since that is put into the statement.
alter function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) rename to begin_turn_here;
alter function kinkster.follow_turn(jsonb, uuid, integer, text) rename to follow_turn_here;

create function kinkster.begin_turn_of(
  p_user_id uuid,
  p_claims jsonb,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_endpoint text,
  p_worker text,
  p_stateless boolean
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.begin_turn_here(
    p_claims, p_kinkster_id, p_message, p_conversation_id, p_request_id, p_endpoint, p_worker, p_stateless
  );
end
$$;

create function kinkster.begin_turn(
  p_claims jsonb,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_endpoint text,
  p_worker text,
  p_stateless boolean default false
)
  returns jsonb
  language sql
  volatile
  security invoker
as $$
  select kinkster.begin_turn_of(
    (p_claims ->> 'sub')::uuid, p_claims, p_kinkster_id, p_message, p_conversation_id, p_request_id, p_endpoint, p_worker, p_stateless
  )
$$;

create function kinkster.follow_turn_of(p_user_id uuid, p_claims jsonb, p_turn_id uuid, p_from integer, p_tag text)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.follow_turn_here(p_claims, p_turn_id, p_from, p_tag);
end
$$;

create function kinkster.follow_turn(p_claims jsonb, p_turn_id uuid, p_from integer, p_tag text)
  returns jsonb
  language sql
  volatile
  security invoker
as $$
  select kinkster.follow_turn_of((p_claims ->> 'sub')::uuid, p_claims, p_turn_id, p_from, p_tag)
$$;

grant execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;
grant execute on function kinkster.begin_turn_of(uuid, jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;
grant execute on function kinkster.follow_turn(jsonb, uuid, integer, text) to kinkster_worker;
grant execute on function kinkster.follow_turn_of(uuid, jsonb, uuid, integer, text) to kinkster_worker;

-- Checkpoints of many users become a statement for each: g, l and w are its rows of that user. One whose node is away is missing
-- in the answer, as one that is locked, and asked for again.
do $do$
begin
  execute pg_catalog.replace(
    pg_catalog.regexp_replace(
      pg_catalog.pg_get_functiondef('kinkster.checkpoint_turns(jsonb)'::regprocedure), '\m[glw]\.user_id', 'p_user_id', 'g'
    ),
    'kinkster.checkpoint_turns(p_checkpoints jsonb)', 'kinkster.checkpoint_turns_of(p_user_id uuid, p_checkpoints jsonb)'
  );
end
$do$;

create or replace function kinkster.checkpoint_turns(p_checkpoints jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_given record;
  v_states jsonb := '{}';
begin
  for v_given in
    select e.given ->> 'user_id' as user_id, pg_catalog.jsonb_agg(e.given) as checkpoints
    from pg_catalog.jsonb_array_elements(p_checkpoints) as e (given)
    group by 1
    order by 1
  loop
    begin
      v_states := v_states || kinkster.checkpoint_turns_of(v_given.user_id::uuid, v_given.checkpoints);
    exception when connection_exception or connection_failure or sqlclient_unable_to_establish_sqlconnection then
      null;
    end;
  end loop;
  return v_states;
end
$$;

-- No turn is locked while it is looked for among all users: claim_turn locks it, and refuses one that was claimed meanwhile.
-- While a node is away nobody's waiting turns are found; those that somebody asks for over HTTP are not looked for.
do $do$
begin
  execute pg_catalog.replace(
    pg_catalog.regexp_replace(
      pg_catalog.pg_get_functiondef('kinkster.claim_next_turn(text, uuid, boolean)'::regprocedure), '\s+for no key update skip locked', ''
    ),
    'kinkster.claim_next_turn(', 'kinkster.claim_next_turn_here('
  );
end
$do$;

create or replace function kinkster.claim_next_turn(
  p_worker text,
  p_after_user_id uuid default null,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return kinkster.claim_next_turn_here(p_worker, p_after_user_id, p_stateless);
exception when connection_exception or connection_failure or sqlclient_unable_to_establish_sqlconnection then
  return '{"state": "idle"}'::jsonb;
end
$$;

-- It would write to all nodes for each reply, and fail for all users while one node is away.
create or replace function kinkster.show_response_id(p_user_id uuid, p_conversation_id uuid, p_response_id text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
end
$$;

-- Nothing is added up: what is uncommitted on the nodes can't be seen from the coordinator, and the sums stay there. The views of
-- figures read the turns themselves.
create or replace function kinkster.roll_up_turns()
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return '{"state": "busy"}'::jsonb;
end
$$;

create or replace function kinkster.take_back_turns(p_user_id uuid, p_conversation_id uuid, p_turn_id uuid, p_stays boolean)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
end
$$;

-- What users call to write runs on their node, too, within whatever transaction, as they: the call goes there with their claims. So
-- it may be about this user's rows and copied tables alone.
create function kinkster.act_of(p_user_id uuid, p_claims jsonb, p_call text)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_answer jsonb;
begin
  perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
  perform pg_catalog.set_config('role', 'authenticated', true);
  execute p_call into v_answer;
  perform pg_catalog.set_config('role', 'none', true);
  perform pg_catalog.set_config('request.jwt.claims', '', true);
  return v_answer;
end
$$;

do $$
declare
  v_function record;
begin
  for v_function in
    select
      p.oid::regprocedure as signature, p.proname as name, pg_catalog.pg_get_function_arguments(p.oid) as arguments,
      pg_catalog.array_to_string(p.proargnames, ', ') as names,
      pg_catalog.array_to_string(pg_catalog.array_fill('%L'::text, array[p.pronargs::integer]), ', ') as places
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace
      and p.proname in (
        'send_kinkster_message', 'edit_kinkster_message', 'regenerate_kinkster_reply', 'cancel_kinkster_turn',
        'resume_kinkster_conversation', 'switch_kinkster_branch', 'rate_kinkster_reply', 'await_kinkster_reply'
      )
  loop
    execute pg_catalog.format('alter function %s set schema kinkster', v_function.signature);
    execute pg_catalog.format(
      $f$
        create function public.%I(%s) returns jsonb language plpgsql volatile security definer set search_path = '' as
        $body$
        declare
          v_user_id uuid := auth.uid();
          v_claims jsonb := pg_catalog.current_setting('request.jwt.claims');
          v_call text := pg_catalog.format('select kinkster.%I(%s)', %s);
          v_answer jsonb;
        begin
          select a.answer into v_answer from kinkster.act_of(v_user_id, v_claims, v_call) as a (answer);
          perform kinkster.wake_workers(v_answer);
          return v_answer;
        end
        $body$
      $f$,
      v_function.name, v_function.arguments, v_function.name, v_function.places, v_function.names
    );
    execute pg_catalog.format('revoke execute on function %s from public, anon, service_role', v_function.signature);
    execute pg_catalog.format('grant execute on function %s to authenticated', v_function.signature);
  end loop;
end
$$;

-- All functions go to the nodes, but those that return rows of what stays on the coordinator. There everybody could call them.
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'kinkster'::regnamespace
      and p.prorettype <> 'pg_catalog.trigger'::regtype
      and p.oid::regprocedure::text not in ('kinkster.turns_not_added_up()', 'kinkster.leased_notion(uuid,uuid)')
    order by p.proname in ('begin_turn', 'follow_turn')
  loop
    perform create_distributed_function(v_function);
  end loop;
end
$$;

select create_distributed_function(f.name, 'p_user_id', 'public.kinkster_conversations')
from (
  values
    ('kinkster.begin_turn_of(uuid, jsonb, uuid, text, uuid, uuid, text, text, boolean)'::regprocedure),
    ('kinkster.follow_turn_of(uuid, jsonb, uuid, integer, text)'),
    ('kinkster.claim_turn(uuid, uuid, text, boolean)'),
    ('kinkster.rebuild_turn(uuid, uuid, uuid)'),
    ('kinkster.settle_turn(uuid, uuid, uuid, jsonb)')
) as f (name);

select create_distributed_function('kinkster.act_of(uuid, jsonb, text)', 'p_user_id', 'public.kinkster_conversations', true);

revoke execute on all functions in schema kinkster from public;
