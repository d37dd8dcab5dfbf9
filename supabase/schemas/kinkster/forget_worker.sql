-- A worker says that it ends.
create or replace function kinkster.forget_worker(p_worker text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  delete from kinkster.workers as w where w.name = p_worker;
end
$$;

comment on function kinkster.forget_worker(text) is 'Forgets a worker that has ended.';

revoke execute on function kinkster.forget_worker(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.forget_worker(text) to kinkster_worker;
