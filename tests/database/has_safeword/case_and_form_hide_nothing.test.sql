begin;
\ir ../setup.psql
select plan(18);

select ok(kinkster.has_safeword(message, array[safeword]), name) from (values
  ('RED', 'red', 'capitals'), ('red', 'RED', 'capitals agreed'), ('rEd', 'ReD', 'both'),
  ('die STRASSE', 'Straße', 'sharp s in capitals'), ('die Straße', 'STRASSE', 'and the other way around'),
  ('ẞ', 'ss', 'a capital sharp s'),
  ('ΟΔΟΣ', 'οδος', 'sigma in capitals'), ('οδοσ', 'οδος', 'sigma in its other form'),
  ('ΟΔΟΣ.Σταμάτα', 'οδος', 'sigma before a sign and a letter'), ('ΟΔΟΣ''α', 'ΟΔΟΣ', 'sigma before an apostrophe'),
  (e'\uff32\uff25\uff24', 'red', 'full width'), ('red', e'\uff32\uff25\uff24', 'full width agreed'),
  (e'r\u200be\u200dd', 'red', 'nothing that is seen inside'), (e're\u00add', 'red', 'a soft hyphen inside'),
  (e'cafe\u0301', e'CAF\u00c9', 'a mark of its own'), (e'\u1f80', e'\u1f88', 'a small iota below'),
  ('İstanbul', e'i\u0307stanbul', 'a dotted capital'), (e'\uac00', e'\u1100\u1161', 'Korean letters in parts')
) as t (message, safeword, name);

select * from finish();
rollback;
