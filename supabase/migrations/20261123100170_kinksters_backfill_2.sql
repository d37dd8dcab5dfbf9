-- Rows that an earlier attempt left without a provider: as many as can be filled in before a user would notice.
set local lock_timeout = '400ms';

select kinkster.fill_in_providers('400 ms');
