-- The valid constraint spares "set not null" the look at every row; then it has done its work.
set local lock_timeout = '400ms';

-- squawk-ignore adding-not-nullable-field
alter table public.kinksters alter column provider set not null;
-- squawk-ignore ban-drop-constraint
alter table public.kinksters drop constraint provider_is_set;

-- From here on it is the client's mistake to write a row without one.
drop trigger if exists provider_is_filled_in on public.kinksters;
-- squawk-ignore ban-drop-function
drop function kinkster.fill_in_provider();
-- squawk-ignore ban-drop-function
drop function kinkster.fill_in_providers(interval);
