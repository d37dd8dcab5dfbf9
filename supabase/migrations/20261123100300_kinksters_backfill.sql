-- Rows that an earlier attempt left without a provider are answered by Flowise, as they were before it.
set local lock_timeout = '1s';

update public.kinksters
set provider = 'flowise'
where provider is null;
