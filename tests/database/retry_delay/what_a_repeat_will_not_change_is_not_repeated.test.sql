begin;
\ir ../setup.psql
select plan(13);

select is(kinkster.retry_delay(code, 1, null), null, coalesce(code, 'no code')) from unnest(array[
  null, 'provider_unauthorized', 'provider_quota_exhausted', 'provider_rejected', 'provider_not_configured', 'reply_incomplete',
  'reply_filtered', 'reply_refused', 'worker_error', 'client_gone', 'not_chattable', 'worker_lost', 'anything else'
]) as code;

select * from finish();
rollback;
