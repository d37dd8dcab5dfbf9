begin;
\ir ../setup.psql
select plan(2);

select ok(kinkster.now() between clock_timestamp() - interval '1 minute' and clock_timestamp() + interval '1 minute',
  'it is the real time');
update kinkster.settings set clock_offset = '-3 days';
select ok(kinkster.now() < clock_timestamp() - interval '71 hours', 'unless it was moved');

select * from finish();
rollback;
