-- Letters and their cases as Unicode knows them, whatever locale the database was made with: safewords must not depend on it.
do $$
begin
  if exists (
    select from pg_catalog.pg_collation where collname = 'pg_unicode_fast' and collencoding = 6
  ) then
    create collation kinkster.unicode from pg_catalog.pg_unicode_fast;  -- Postgres 18, with or without ICU
  else
    create collation kinkster.unicode from pg_catalog."und-x-icu";
  end if;
end
$$;

comment on collation kinkster.unicode is 'Unicode''s own letters and cases, the same in every database.';
