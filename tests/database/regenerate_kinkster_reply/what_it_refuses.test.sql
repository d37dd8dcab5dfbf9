begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
\set again 'select public.regenerate_kinkster_reply(%L)'
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'

select is(pg_temp.refusal(user_id::uuid, :'again', id), :'no_turn', name) from (values
  (:'ada', null, 'null'), (:'ada', :'unknown', 'unknown'), (:'bea', :'one', 'another user''s')
) as r (user_id, id, name);
select alike(pg_temp.refusal_of('service_role', null, :'again', :'one'), '42501: %', 'a service key');
select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select alike(pg_temp.refusal(:'ada', :'again', :'one'), 'PT409: A reply is still being written %', 'while another is being written');
select alike(
  pg_temp.refusal(:'ada', :'again', :'two'::jsonb #>> '{plan,turn_id}'), 'PT409: A reply is still being written %', 'while it is being written itself'
);
select pg_temp.settled(:'two') as x \gset
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''paused''') as x \gset
select alike(pg_temp.refusal(:'ada', :'again', :'one'), 'PT409: This conversation is paused. %', 'in a paused conversation');
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''active''') as x \gset
update public.profiles set submission_state = 'paused' where id = :'ada';
select alike(pg_temp.refusal(:'ada', :'again', :'one'), 'PT409: You have paused your chats. %', 'of a user who paused');
select is((select count(*) from public.kinkster_turns), 2::bigint, 'nothing is stored');

select * from finish();
rollback;
