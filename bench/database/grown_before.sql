-- What a grown database has besides its people, before its turns: 20 characters of the system's, and who talks with whom.
-- Of four conversations of a user one is with a character of the system's, one with the favourite, the others with one each.
insert into public.kinksters (id, name, is_system_kinkster, hard_limits, provider, openai_model)
select
  md5('system character ' || n)::uuid, 'Guide ' || n, true, array['spiders', 'public places'], 'openai_responses', 'gpt-4o-mini'
from generate_series(1, 20) as n;

create function public.bench_conversation(c integer, out user_id uuid, out id uuid, out kinkster_id uuid)
language sql immutable
return (
  md5('user ' || (c - 1) % :users + 1)::uuid,
  md5('conversation ' || c)::uuid,
  case (c - 1) / :users % 4
    when 0 then md5('system character ' || ((c - 1) / :users / 4 + c) % 20 + 1)::uuid
    when 1 then md5('character ' || (c - 1) % :users + 1)::uuid
    else md5('character ' || c)::uuid
  end
);

-- A turn as the product writes it, for all others to be like; it goes again.
do $$
declare
  v_drawn record;
  v_plan jsonb;
begin
  select d.* into v_drawn from public.bench_conversation(2) as d;
  v_plan := kinkster.begin_turn(
    jsonb_build_object('sub', v_drawn.user_id, 'role', 'authenticated'), v_drawn.kinkster_id, 'Tell me more, please.', null,
    gen_random_uuid(), '/api/chat', 'a worker', false
  ) -> 'plan';
  perform kinkster.settle_turn(v_drawn.user_id, (v_plan ->> 'turn_id')::uuid, (v_plan ->> 'lease')::uuid, ':outcome');
  create table public.bench_turn as select * from public.kinkster_turns;
  delete from public.kinkster_conversations;
end
$$;
