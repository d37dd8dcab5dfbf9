-- Which models are asked for: what the checks look up, and what a command asks the provider about.
create or replace function kinkster.chosen_models()
  returns table (model text, kinksters bigint)
  language sql
  stable
  security invoker
  set search_path = ''
as $$
  select coalesce(k.openai_model, s.default_openai_model), count(k.id)
  from kinkster.settings as s
  left join public.kinksters as k on k.provider = 'openai_responses' and k.is_active is not false
  group by 1
  order by 2 desc, 1
  limit 50
$$;

comment on function kinkster.chosen_models() is
  'The models that characters of the Responses API ask for, the default for those that chose none, with the number of characters; at most 50, the most used first. Where there are no such characters: the default.';

revoke execute on function kinkster.chosen_models() from public, anon, authenticated, service_role;
