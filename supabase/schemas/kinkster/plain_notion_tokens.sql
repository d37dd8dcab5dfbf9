-- What kinkster notion connect moves into kinkster.notion_connections.
create or replace function kinkster.plain_notion_tokens()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_column text := kinkster.plain_token_column();
  v_tokens jsonb := '[]'::jsonb;
begin
  if v_column is not null then
    execute pg_catalog.format(
      $sql$
        select pg_catalog.jsonb_agg(
          pg_catalog.jsonb_build_object('user_id', p.id, 'email', p.email, 'token', kinkster.trimmed(p.%1$I)) order by p.email
        )
        from public.profiles as p
        where not kinkster.is_blank(p.%1$I)
      $sql$,
      v_column
    )
    into v_tokens;
  end if;
  return coalesce(v_tokens, '[]');
end
$$;

comment on function kinkster.plain_notion_tokens() is
  'The Notion tokens that lie in profiles as plain text: a list of user_id, email and token.';

revoke execute on function kinkster.plain_notion_tokens() from public, anon, authenticated, service_role;
grant execute on function kinkster.plain_notion_tokens() to kinkster_worker;
