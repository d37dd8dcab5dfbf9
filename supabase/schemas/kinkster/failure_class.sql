-- Whose doing a failure was, in classes that an operator acts on in the same way.
create or replace function kinkster.failure_class(p_status text, p_error_code text)
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return case
    when p_status <> 'failed' then null
    when p_error_code in ('provider_unreachable', 'provider_timeout', 'provider_unavailable') then 'unavailable'
    when p_error_code in ('provider_rate_limited', 'provider_quota_exhausted') then 'limited'
    when p_error_code in ('provider_unauthorized', 'provider_not_configured', 'provider_rejected') then 'rejected'
    when p_error_code in ('provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty') then 'misbehaved'
    when p_error_code in ('reply_incomplete', 'reply_filtered', 'reply_refused') then 'by_model'
    else 'by_us'
  end;
end
$$;

comment on function kinkster.failure_class(text, text) is
  'Class of a failed turn by its error_code (docs/errors.md): unavailable, limited, rejected, misbehaved, by_model, or by_us for all that no provider did. Null for a turn that has not failed.';

revoke execute on function kinkster.failure_class(text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.failure_class(text, text) to authenticated, service_role;
