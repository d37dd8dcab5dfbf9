begin;
\ir ../setup.psql
select plan(4);

select is(kinkster.is_blank(null), true, 'null');
select is(kinkster.is_blank(''), true, 'empty');
-- Unicode's property White_Space, and what no font shows: soft hyphen, zero width spaces and joiners, direction marks,
-- word joiner, byte order mark, and the letters that are made to be empty.
select is(
  array(select code from unnest(array[
    9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287,
    12288,
    173, 6158, 8203, 8204, 8205, 8206, 8207, 8288, 65279, 10240, 12644, 65440, 4447, 4448
  ]) as code where not kinkster.is_blank(chr(code) || ' ' || chr(code))),
  array[]::integer[], 'code points that are not blank though they should be'
);
select is(
  array(select said from unnest(array[
    'a', ' a ', '.', '0', '"', '-', '🎭', 'é', 'ש', '中', e'\u0301', e'\u200ba', e'\\s', '\u00a0'
  ]) as said where kinkster.is_blank(said)),
  array[]::text[], 'texts that are blank though they should not be'
);

select * from finish();
rollback;
