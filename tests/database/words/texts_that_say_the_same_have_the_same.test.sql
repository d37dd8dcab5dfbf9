begin;
\ir ../setup.psql
select plan(8);

select is(kinkster.words(one), kinkster.words(other), name) from (values
  ('Straße', 'STRASSE', 'sharp s'),
  ('ὈΔΥΣΣΕΎΣ', 'ὀδυσσεύς', 'a last sigma'),
  ('ὀδυσσεύς', 'ὀδυσσεύσ', 'a last sigma that was typed as another'),
  (e'cafe\u0301', e'CAF\u00c9', 'marks'),
  (e'\uff33\uff54\uff4f\uff50', 'stop', 'full width'),
  (e'\u210d\ud835\udd56llo', 'hello', 'letters of mathematics'),
  ('ﬁnale', 'FINALE', 'ligatures'),
  (e'sa\u200bfe\u00adword', 'safeword', 'what is not seen')
) as t (one, other, name);

select * from finish();
rollback;
