begin;
\ir ../setup.psql
select plan(11);

select is(kinkster.has_safeword(message, '{red}'), false, message) from unnest(array[
  'I adored it', 'redder', 'hundred', 'Fred', 'red1', '2red', 'rede', 'r e d', 'ré​d', 'redé', 'rèd'
]) as message;

select * from finish();
rollback;
