begin;
\ir ../setup.psql
select plan(4);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
create function pg_temp.is_followed(p_began jsonb) returns text language sql as $$
  select kinkster.checkpoint_turns(jsonb_build_array(p_began -> 'plan' || '{"from": 0, "text": "", "shown": false}'))
    #>> array[p_began #>> '{plan,turn_id}', 'followed']
$$;
select is(pg_temp.is_followed(:'began'), 'false', 'nobody does');
select pg_temp.followed(:'ada', :'turn') as x \gset
select is(pg_temp.is_followed(:'began'), 'true', 'somebody does');
select pg_temp.later('4 seconds');
select is(pg_temp.is_followed(:'began'), 'true', 'for some seconds');
select pg_temp.later('2 seconds');
select is(pg_temp.is_followed(:'began'), 'false', 'and has left');

select * from finish();
rollback;
