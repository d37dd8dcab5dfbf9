-- An application of before kept tokens as they are.
create or replace function kinkster.doctor_notion_tokens(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_tokens integer := pg_catalog.jsonb_array_length(kinkster.plain_notion_tokens());
begin
  state := case when v_tokens = 0 then 'ok' else 'problem' end;
  said := case when v_tokens = 0 then 'No token for Notion lies in profiles.' else pg_catalog.format('Tokens for Notion in profiles, in plain text: %s.', v_tokens) end;
  if v_tokens > 0 then
    todo := 'Have them sealed and taken away: kinkster notion connect.';
  end if;
end
$$;

comment on function kinkster.doctor_notion_tokens() is 'Whether tokens for Notion lie in profiles as plain text.';

revoke execute on function kinkster.doctor_notion_tokens() from public, anon, authenticated, service_role;
