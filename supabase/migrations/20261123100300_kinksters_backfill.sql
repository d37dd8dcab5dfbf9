-- What is left of the rows without a provider: where there are very many, and where somebody was writing at the time.
set local lock_timeout = '400ms';

select kinkster.fill_in_providers('1 hour');
