begin;
\ir ../setup.psql
select plan(12);

select is(kinkster.has_safeword(message, array[safeword]), answer, name) from (values
  ('请停止吧', '停止', true, 'Chinese'), ('请停下吧', '停止', false, 'Chinese, not said'),
  ('もう、まってください', 'まって', true, 'kana'), ('モウマッテ', 'マッテ', true, 'katakana'), ('ﾏｯﾃ', 'マッテ', true, 'of half width'),
  ('ฉันขอหยุดก่อน', 'หยุด', true, 'Thai'), ('ຢຸດແດ່', 'ຢຸດ', true, 'Lao'), ('សូមឈប់ទៅ', 'ឈប់', true, 'Khmer'), ('ကျေးဇူးပြု၍ရပ်ပါ', 'ရပ်', true, 'Burmese'),
  ('나는 빨강 이라고 했다', '빨강', true, 'Korean puts spaces'), ('새빨강', '빨강', false, 'so that a longer word is another'),
  ('redまって', 'red', true, 'beside a script with spaces')
) as t (message, safeword, answer, name);

select * from finish();
rollback;
