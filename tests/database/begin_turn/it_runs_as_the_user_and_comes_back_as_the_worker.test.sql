begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'bea', '{"provider": "openai_responses"}') as beas \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as adas \gset
\set begin 'select kinkster.begin_turn(%L, %L, ''Hello'', null, null, ''/api/chat'', ''w'')'
\set claims '{"sub": "' :ada '", "role": "authenticated"}'

select alike(
  pg_temp.refusal_of('kinkster_worker', null, :'begin', :'claims', :'beas'),
  'PT404: %', 'row security holds'
);
select alike(
  pg_temp.refusal_of('kinkster_worker', null, :'begin', '{"role": "authenticated"}', :'adas'),
  'PT403: %', 'claims without a user are nobody''s'
);
select alike(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.begin_turn(%L, %L, '' '', null, null, ''/api/chat'', ''w'')',
    :'claims', :'adas'),
  'PT422: %', 'what sending refuses is refused'
);
select is(
  pg_temp.as_role(
    'kinkster_worker', null,
    'select kinkster.begin_turn(%L, %L, ''Hello'', null, null, ''/api/chat'', ''w'') ->> ''state'' || '' '' || current_user',
    :'claims', :'adas'
  ), 'claimed kinkster_worker', 'afterwards it is the worker again'
);
select alike(
  pg_temp.refusal_of('kinkster_worker', null, 'select public.send_kinkster_message(%L, ''Hello'')', :'adas'), '42501: %',
  'by itself the worker is nobody'
);
select alike(
  pg_temp.refusal(:'ada', :'begin', :'claims', :'adas'), '42501: %',
  'and a user is no worker'
);

select * from finish();
rollback;
