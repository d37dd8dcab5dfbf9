-- The HTTP route of each provider, for clients that route themselves.
create or replace function kinkster.endpoint(p_provider text)
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return case p_provider
    when 'openai_responses' then '/api/kinksters/chat'
    when 'flowise' then '/api/flowise/chat'
  end;
end
$$;

comment on function kinkster.endpoint(text) is 'Path of the HTTP door that serves a provider; null for an unknown one.';

revoke execute on function kinkster.endpoint(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.endpoint(text) to authenticated, service_role;
