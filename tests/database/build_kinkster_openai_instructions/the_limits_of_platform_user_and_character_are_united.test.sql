begin;
\ir ../setup.psql
select plan(4);

update public.profiles set hard_limits = array['heights', ' ', 'Public Places'] where id = :'ada';
update public.profiles set hard_limits = array['thunder'] where id = :'bea';
update kinkster.settings set platform_hard_limits = array['anyone under 18', 'SPIDERS'];
select pg_temp.new_kinkster(:'ada', '{"hard_limits": ["spiders", "deep water", "", null, "public places ", "Ｈeights"]}') as kinkster \gset
select pg_temp.new_kinkster(null, '{"hard_limits": ["deep water"]}') as system \gset

create function pg_temp.limits_in(p_prompt text) returns text[] language sql as $$
  select array(
    select m[1]::jsonb #>> '{}'
    from regexp_matches(substr(p_prompt, length(p_prompt) - position(reverse('# Hard limits') in reverse(p_prompt))), '^- (".*")$',
      'gn') as m
  )
$$;

select is(
  pg_temp.limits_in(pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster')),
  array['anyone under 18', 'SPIDERS', 'heights', 'Public Places', 'deep water'],
  'each limit is said once, whatever its case, width or spaces: the platform''s, the user''s, the character''s'
);
select is(
  pg_temp.limits_in(pg_temp.as_user(:'bea', 'select build_kinkster_openai_instructions(%L)', :'system')),
  array['anyone under 18', 'SPIDERS', 'thunder', 'deep water'],
  'with a system character it is the caller''s limits that count'
);
select is(
  pg_temp.limits_in(pg_temp.as_role('service_role', null, 'select public.build_kinkster_openai_instructions(%L)', :'kinkster')),
  array['anyone under 18', 'SPIDERS', 'heights', 'Public Places', 'deep water'],
  'an operator sees the owner''s prompt'
);
update public.kinksters set hard_limits = '{{deep water,caves},{wells,mines}}' where id = :'kinkster';
select is(
  pg_temp.limits_in(pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster')),
  array['anyone under 18', 'SPIDERS', 'heights', 'Public Places', 'deep water', 'caves', 'wells', 'mines'],
  'a list of lists, as JSON clients may store it, is read too'
);

select * from finish();
rollback;
