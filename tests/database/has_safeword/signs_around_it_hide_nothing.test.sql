begin;
\ir ../setup.psql
select plan(16);

select ok(kinkster.has_safeword(message, '{red}'), message) from unnest(array[
  'red.', 'red!', '"red"', '(red)', '*red*', '**red**', '_red_', '__red__', '~~red~~', '`red`', '# red', '> red', '- red', 'red…',
  '«red»', 'stop/red/now'
]) as message;

select * from finish();
rollback;
