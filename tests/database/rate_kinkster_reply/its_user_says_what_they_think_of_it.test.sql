begin;
\ir ../setup.psql
select plan(20);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
\set rate 'select rate_kinkster_reply(%L, %L, %L)'
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'
\set no_reply 'PT409: This turn has no whole reply of a provider. (Rate a turn whose status is completed; the answer to a safeword is nobody''s to rate.)'
create function pg_temp.rated() returns text language sql as $$ select string_agg(rating || coalesce(': ' || note, ''), ', ') from public.kinkster_ratings $$;

select is(pg_temp.refusal(:'ada', :'rate', :'unknown', '1', null), :'no_turn', 'an unknown turn');
select pg_temp.talked(:'ada', :'kinkster') #>> '{plan,turn_id}' as turn \gset
select is(pg_temp.refusal(:'bea', :'rate', :'turn', '1', null), :'no_turn', 'somebody else''s');
select is(
  pg_temp.as_user(:'ada', :'rate', :'turn', null, null)::jsonb,
  jsonb_build_object('success', true, 'turn_id', :'turn', 'rating', null, 'note', null), 'where there is no rating there is none to take back'
);
select is(
  pg_temp.as_user(:'ada', :'rate', :'turn', '1', 'So kind.')::jsonb,
  jsonb_build_object('success', true, 'turn_id', :'turn', 'rating', 1, 'note', 'So kind.'), 'a good one'
);
select is(pg_temp.rated(), '1: So kind.', 'it is kept');
select pg_temp.later('1 hour');
select pg_temp.as_user(:'ada', :'rate', :'turn', '-1', e' \n') as x \gset
select is(pg_temp.rated(), '-1', 'a second one takes its place, and a blank note is none');
select ok((select rated_at > kinkster.now() - interval '1 minute' from public.kinkster_ratings), 'when it was rated last');
select is(
  pg_temp.refusal(:'ada', :'rate', :'turn', rating, null),
  'PT422: ' || rating || ' is not a rating. (Use 1 for a good reply, -1 for a bad one, or null to take a rating back.)', rating
) from unnest(array['0', '2', '-2']) as rating;
select is(
  pg_temp.refusal(:'ada', :'rate', :'turn', '1', repeat('é', 2001)),
  'PT422: The note has 2001 characters; at most 2,000 are kept. (Shorten it.)', 'a note that is too long'
);
select is(
  pg_temp.refusal(:'ada', :'rate', :'turn', null, 'Well'),
  'PT422: A note goes with a rating. (Give 1 or -1 with it, or leave it out to take a rating back.)', 'a note alone'
);
select is(pg_temp.rated(), '-1', 'none of that changes it');
select pg_temp.as_user(:'ada', :'rate', :'turn', '1', repeat('é', 2000)) as x \gset
select is(pg_temp.rated(), '1: ' || repeat('é', 2000), 'the longest note');
select is(pg_temp.as_user(:'bea', 'select count(*) from kinkster_ratings'), '0', 'nobody else reads it');
select is(
  pg_temp.refusal(:'bea', 'insert into kinkster_ratings (turn_id, rating) values (%L, 1)', :'turn'), '23503: rating_is_of_a_turn',
  'or rates a turn that is not theirs'
);
select pg_temp.as_user(:'ada', :'rate', :'turn', null, null) as x \gset
select is(pg_temp.rated(), null, 'it is taken back');

select pg_temp.talked(:'ada', :'kinkster', 'Again', :'failed') #>> '{plan,turn_id}' as failed_turn \gset
select is(pg_temp.refusal(:'ada', :'rate', :'failed_turn', '-1', null), :'no_reply', 'a turn that failed');
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster')::jsonb ->> 'turn_id' as safeword \gset
select is(pg_temp.refusal(:'ada', :'rate', :'safeword', '-1', null), :'no_reply', 'the answer to a safeword');
select pg_temp.as_user(:'ada', :'rate', :'turn', '1', null) as x \gset
delete from public.kinkster_turns where id = :'turn';
select is(pg_temp.rated(), null, 'it goes with its turn');

select * from finish();
rollback;
