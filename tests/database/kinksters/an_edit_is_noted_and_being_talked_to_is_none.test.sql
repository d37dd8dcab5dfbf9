begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
create function pg_temp.noted(p_kinkster uuid) returns text language plpgsql as $$
declare
  v_noted text;
begin
  select concat_ws(
    ' ',
    case when updated_at > '2021-01-01' then 'updated' end,
    case when last_local_update > '2021-01-01' then 'edited' end,
    sync_status
  ) into v_noted from public.kinksters where id = p_kinkster;
  alter table public.kinksters disable trigger kinksters_touch;
  update public.kinksters set updated_at = '2020-01-01', last_local_update = '2020-01-01',
  sync_status = 'synced' where id = p_kinkster;
  alter table public.kinksters enable trigger kinksters_touch;
  return v_noted;
end $$;

select pg_temp.noted(:'kinkster') as ready \gset
select is(pg_temp.noted(:'kinkster'), 'synced', 'nothing happened');
select pg_temp.changed(:'ada', 'update kinksters set name = name where id = %L', :'kinkster') as x \gset
select is(pg_temp.noted(:'kinkster'), 'synced', 'an update to the same is none');
select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.'' where id = %L', :'kinkster') as x \gset
select is(pg_temp.noted(:'kinkster'), 'updated edited pending', 'an edit of what Notion shows');
select pg_temp.changed(:'ada', 'update kinksters set openai_instructions = ''Be brief.'' where id = %L', :'kinkster') as x \gset
select is(pg_temp.noted(:'kinkster'), 'updated synced', 'an edit of what Notion does not show');
update public.kinksters set openai_previous_response_id = 'resp_1' where id = :'kinkster';
select is(pg_temp.noted(:'kinkster'), 'synced', 'a reply''s id');
update public.kinksters set openai_previous_response_id = 'resp_2', bio = 'Another bio.' where id = :'kinkster';
select is(pg_temp.noted(:'kinkster'), 'updated edited pending', 'a reply''s id together with an edit');
update public.kinksters set openai_previous_response_id = 'resp_3', provider = 'flowise' where id = :'kinkster';
select is(
  (select openai_previous_response_id from public.kinksters where id = :'kinkster'), null,
  'a change of provider ends the chain, whoever makes it'
);
select is(pg_temp.noted(:'kinkster'), 'updated synced', 'and is noted');
update public.kinksters set sync_status = 'local_only' where id = :'kinkster';
select pg_temp.changed(:'ada', 'update kinksters set bio = ''One more.'' where id = %L', :'kinkster') as x \gset
select is(
  (select sync_status from public.kinksters where id = :'kinkster'), 'local_only', 'what stays here is not sent'
);

select * from finish();
rollback;
