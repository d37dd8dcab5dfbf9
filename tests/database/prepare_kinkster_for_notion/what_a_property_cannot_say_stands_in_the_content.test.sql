begin;
\ir ../setup.psql
select plan(14);

update public.profiles set notion_kinksters_database_id = 'a-database' where id = :'ada';
create function pg_temp.prepared(p_row jsonb) returns jsonb language sql as $$
  select pg_temp.as_user(
    '00000000-0000-4000-8000-00000000ada0', 'select prepare_kinkster_for_notion(%L)',
    pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0', p_row)::text
  )::jsonb
$$;
-- What stands under a heading of the content.
create function pg_temp.under(p_page jsonb, p_heading text) returns text language sql as $$
  with block as (
    select
      block.value #>> '{paragraph,rich_text,0,text,content}' as said,
      count(block.value -> 'heading_2') over upto as section,
      first_value(block.value) over upto as x,
      block.value #>> '{heading_2,rich_text,0,text,content}' as heading,
      block.n
    from jsonb_array_elements(
      (p_page -> 'children') || (select coalesce(jsonb_agg(b), '[]') from jsonb_array_elements(p_page -> 'more_children') as l cross join jsonb_array_elements(l) as b)
    ) with ordinality as block (value, n)
    window upto as (order by block.n)
  )

  select string_agg(b.said, '' order by b.n)
  from block as b
  where b.said is not null and b.section = (select h.section from block as h where h.heading = p_heading)
$$;
create function pg_temp.options(p_page jsonb, p_property text) returns text[] language sql as $$
  select array_agg(o ->> 'name' order by n)
  from jsonb_array_elements(p_page -> 'properties' -> p_property -> 'multi_select') with ordinality as option (o, n)
$$;

select pg_temp.prepared('{"hard_limits": ["spiders", "heights, depths", "Heights", "heights ", "heights", "two\nlines"]}') as page \gset
select is(pg_temp.options(:'page', 'Hard Limits'), array['spiders', 'Heights', 'heights'], 'options each once, without a comma');
select is(pg_temp.under(:'page', 'Hard Limits'), e'• heights, depths\n• two\nlines', 'the others under the property''s name');

select pg_temp.prepared(jsonb_build_object('top_kinks', array[repeat('a', 100), repeat('b', 101), repeat('🎭', 50), repeat('🎭', 51)]))
  as page \gset
select is(pg_temp.options(:'page', 'Top Kinks'), array[repeat('a', 100), repeat('🎭', 50)], 'an option has at most 100 code units');
select is(pg_temp.under(:'page', 'Top Kinks'), '• ' || repeat('b', 101) || e'\n• ' || repeat('🎭', 51), 'longer ones in the content');

select pg_temp.prepared(jsonb_build_object('soft_limits', array(select 'limit ' || n from generate_series(1, 103) as n))) as page \gset
select is(pg_temp.options(:'page', 'Soft Limits'), array(select 'limit ' || n from generate_series(1, 100) as n), '100 options');
select is(pg_temp.under(:'page', 'Soft Limits'), e'• limit 101\n• limit 102\n• limit 103', 'the 101st and all after it in the content');

select pg_temp.prepared('{"role": "dominant, mostly", "pronouns": "She/Her"}') as page \gset
select is(:'page'::jsonb #> '{properties,Role}', '{"select": null}', 'a role with a comma is no option');
select is(pg_temp.under(:'page', 'Role'), '• dominant, mostly', 'but content');

select pg_temp.prepared(jsonb_build_object('avatar_url', url)) as page
from (values ('/images/mira.png')) as u (url) \gset
select is(
  array[:'page'::jsonb #>> '{properties,Avatar,files}', pg_temp.under(:'page', 'Avatar')], array['[]', '/images/mira.png'],
  'what is no address on the web'
);
select pg_temp.prepared(jsonb_build_object('avatar_url', 'https://example.com/' || repeat('x', 1981))) as page \gset
select is(
  array[:'page'::jsonb #>> '{properties,Avatar,files}', pg_temp.under(:'page', 'Avatar')],
  array['[]', 'https://example.com/' || repeat('x', 1981)], 'an address of over 2,000 characters'
);
select pg_temp.prepared(jsonb_build_object('avatar_url', 'data:image/png;base64,' || repeat('x', 99978))) as page \gset
select is(
  pg_temp.under(:'page', 'Avatar'), 'data:image/png;base64,' || repeat('x', 78) || '… (a picture of 100000 characters)',
  'a picture in the row itself'
);

-- 60,000 emoji are 120,000 code units: 120 texts. With 240 KB the property has no room for 100 of them.
select pg_temp.prepared(jsonb_build_object('appearance_description', repeat('🎭', 60000), 'backstory', 'Short.')) as page \gset
select is(
  (
    select string_agg(t #>> '{text,content}', '' order by n)
    from jsonb_array_elements(:'page'::jsonb #> '{properties,Appearance Description,rich_text}') with ordinality as e (t, n)
  ) || pg_temp.under(:'page', 'Appearance Description'),
  repeat('🎭', 60000), 'a text goes on in the content where its property ends'
);
select is(
  array[pg_temp.under(:'page', 'Backstory'), :'page'::jsonb #>> '{children,0,heading_2,rich_text,0,text,content}'],
  array['Short.', 'Backstory'], 'after the backstory'
);
select cmp_ok(
  octet_length((:'page'::jsonb - 'more_children')::text), '<', 500000, 'and the first request is small enough'
);

select * from finish();
rollback;
