begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as first \gset
select :'first'::jsonb #>> '{plan,turn_id}' as turn, left(:'first'::jsonb #>> '{plan,lease}', 8) as tag \gset
select pg_temp.kept(:'first', 0, 'Wel') as x \gset
\set anew 'PT409: This reply was begun anew since. (Send the request again without Last-Event-ID to read it from its beginning.)'
create function pg_temp.refused(p_turn uuid, p_from integer, p_tag text) returns text language sql as $$
  select pg_temp.refusal_of('none', null, 'select %s', format(
    'pg_temp.followed(%L, %L, %L, %L)', '00000000-0000-4000-8000-00000000ada0', p_turn, p_from, p_tag
  ))
$$;
select is(pg_temp.refused(:'turn', from_, tag), refusal, name) from (values
  (3, :'tag', 'not refused', 'the same attempt'),
  (3, 'ffffffff', :'anew', 'another attempt'),
  (3, null, :'anew', 'no attempt'),
  (4, :'tag', :'anew', 'more than there is'),
  (0, 'ffffffff', 'not refused', 'from the beginning any')
) as f (from_, tag, refusal, name);
select pg_temp.later('61 seconds');
select pg_temp.began(:'ada', :'kinkster', p_request => :'turn') as second \gset
select is(pg_temp.refused(:'turn', 3, :'tag'), :'anew', 'after another worker has begun it anew');
select is(pg_temp.followed(:'ada', :'turn') ->> 'text', '', 'what the first one streamed is not shown as the new reply');
select pg_temp.kept(:'second', 0, 'Hullo', false) as x \gset
select is(
  pg_temp.followed(:'ada', :'turn') ->> 'text', 'Hullo', 'which is'
);
select pg_temp.settled(:'second') as x \gset
select is(pg_temp.refused(:'turn', 3, :'tag'), :'anew', 'not even at its end');

select * from finish();
rollback;
