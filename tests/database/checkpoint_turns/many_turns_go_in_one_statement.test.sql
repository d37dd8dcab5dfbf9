begin;
\ir ../setup.psql
select plan(3);

create temp table run as
select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}'), 'Hello ' || n) as began, n
from generate_series(1, 20) as n;
select kinkster.stop_turns(:'ada', 'cancelled', p_turn_id => (began #>> '{plan,turn_id}')::uuid) as x from run where n = 7 \gset
select kinkster.checkpoint_turns(
  jsonb_agg(jsonb_build_object(
    'user_id', began #>> '{plan,user_id}', 'turn_id', began #>> '{plan,turn_id}', 'lease', began #>> '{plan,lease}', 'from', 0,
    'text', 'Reply ' || n, 'shown', n % 2 = 0
  ))
) as answer from run \gset

select is(
  (select array_agg(n) from run where :'answer'::jsonb -> (began #>> '{plan,turn_id}') = '{"state": "kept", "followed": false}'),
  array[1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 'each is answered'
);
select is(
  (select :'answer'::jsonb -> (began #>> '{plan,turn_id}') from run where n = 7), '{"state": "lost"}', 'also the one that is lost'
);
select is(
  (select count(*) from run join public.kinkster_turns as t on t.id = (began #>> '{plan,turn_id}')::uuid
   where t.reply = case when n <> 7 then 'Reply ' || n else '' end and t.is_shown = (n % 2 = 0 and n <> 7)), 20::bigint, 'each has its own text'
);

select * from finish();
rollback;
