begin;
\ir ../notion.psql
select plan(26);

\set forget 'select forget_kinkster_notion_page(%L)'
\set not_yours 'PT404: There is no kinkster of yours with this id. (Check the id: a page is forgotten by the owner of its kinkster.)'
\set no_page 'PT409: No page of this kinkster is known. (There is nothing to forget: it gets a page when it is sent.)'
select pg_temp.new_kinkster(:'ada', '{"bio": "A bio."}') as kinkster, pg_temp.new_kinkster(:'bea') as theirs, pg_temp.new_kinkster(null) as system \gset
update public.kinksters set notion_page_id = 'a-page-of-' || id;
select is(pg_temp.refusal(:'ada', :'forget', id), :'not_yours', which) from (values
  (:'unknown', 'unknown'), (:'theirs', 'somebody else''s'), (:'system', 'a system character'), (null, 'null')
) as k (id, which);
select is(pg_temp.refusal_of('service_role', null, 'select public.forget_kinkster_notion_page(%L)', id), :'not_yours', which)
from (values (:'unknown', 'unknown to an operator'), (:'system', 'a system character, for an operator')) as k (id, which);
select alike(
  pg_temp.refusal_of('anon', null, 'select public.forget_kinkster_notion_page(%L)', :'kinkster'), '42501: permission denied for %', 'without signing in'
);
select alike(pg_temp.refusal(null, :'forget', :'kinkster'), '42501: permission denied for function forget_page', 'nor as nobody');
select alike(
  pg_temp.refusal(:'ada', 'select kinkster.forget_page(%L)', :'theirs'), '42501: permission denied for function forget_page', 'nor by the operator''s helper'
);
select is(pg_temp.refusal(:'ada', 'select kinkster.forget_own_page(%L)', :'theirs'), :'not_yours', 'or by one''s own');
select is((select count(*) from public.kinksters where notion_page_id is null), 0::bigint, 'nothing is forgotten of that');
update public.kinksters set notion_page_id = null;
select is(pg_temp.refusal(:'ada', :'forget', :'kinkster'), :'no_page', 'without a page there is nothing to forget');

select pg_temp.connected(:'ada') as x, pg_temp.visited(:'ada') as y \gset
select to_jsonb(k) as before from public.kinksters as k where k.id = :'kinkster' \gset
select is(
  pg_temp.as_user(:'ada', :'forget', :'kinkster')::jsonb,
  jsonb_build_object('success', true, 'kinkster_id', :'kinkster', 'forgotten_page_id', :'kinkster', 'sync_status', 'pending'), 'it says what it was'
);
select is(
  (select to_jsonb(k) from public.kinksters as k where k.id = :'kinkster'),
  :'before'::jsonb || '{"notion_page_id": null, "notion_database_id": null, "synced_revision": null, "sync_status": "pending"}',
  'nothing else has changed; that there was one is known'
);
select is(pg_temp.refusal(:'ada', :'forget', :'kinkster'), :'no_page', 'once');
select pg_temp.claimed() as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select is(
  array[:'page'::jsonb -> 'page_id', :'page'::jsonb -> 'look_up', :'page'::jsonb -> 'revision', to_jsonb(:'page'::jsonb ? 'parent')],
  array['null', 'true', '1', 'true']::jsonb[], 'it is looked for, and made where there is none'
);
select is(
  pg_temp.sent(:'claim', :'page', '{"page_id": "a-new-page"}'), '{"goes_on": true, "sync_status": "synced"}', 'the same revision, to another page'
);
select is(pg_temp.noted(:'kinkster'), array['synced', '1', 'a-new-page', null], 'which is its page now');

-- In whatever state it is.
select is(
  pg_temp.as_user(:'ada', :'forget', pg_temp.new_kinkster(:'ada', jsonb_build_object('sync_status', status, 'notion_page_id', 'page-' || status))::text)::jsonb
  ->> 'sync_status', after, status
) from (values
  ('error', 'pending'), ('pending', 'pending'), ('conflict', 'pending'), ('local_only', 'local_only')
) as s (status, after);
update public.kinksters set sync_status = 'synced' where sync_status = 'pending';
select pg_temp.new_kinkster(:'ada', '{"notion_page_id": "a-page-of-before"}') as older \gset
select pg_temp.as_user(:'ada', :'forget', :'older') as x \gset
select is(pg_temp.next_page(:'claim') -> 'look_up', 'true', 'a page of which it is not known when it was sent is looked for too');

-- An operator, for its owner; a row that can't be written.
select pg_temp.as_role('service_role', null, 'select public.forget_kinkster_notion_page(%L)', :'kinkster')::jsonb as answer \gset
select is(:'answer'::jsonb ->> 'forgotten_page_id', 'a-new-page', 'an operator may');
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
update public.kinksters set age_range = '16 year', notion_page_id = 'page' where id = :'kinkster';
alter table public.kinksters
  add constraint age_is_plainly_18_or_over check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select is(
  pg_temp.refusal(:'ada', :'forget', :'kinkster'),
  'PT409: This kinkster was made before a rule that it breaks: age_is_plainly_18_or_over. (Correct the kinkster; until then no change of it can be stored.)',
  'what can''t be stored says why'
);
select is((select count(*) from kinkster.notion_attempts as a where a.kinkster_id = :'theirs'), 0::bigint, 'others are left alone');

select * from finish();
rollback;
