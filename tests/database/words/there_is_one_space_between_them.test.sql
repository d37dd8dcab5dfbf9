begin;
\ir ../setup.psql
select plan(6);

select is(kinkster.words(said), words, name) from (values
  (e'  Hello\n\tthere\u00a0 friend ', 'hello there friend', 'spaces of every kind'),
  ('Hello, there!', 'hello , there !', 'a sign is a word of its own'),
  ('猫が好き', '猫 が 好 き', 'so is a letter where no spaces are put'),
  ('हिन्दी में', 'हिन्दी में', 'letters keep their marks'),
  ('שלום־עליכם', 'שלום ־ עליכם', 'punctuation among marks is punctuation'),
  ('under_score don''t', 'under _ score don '' t', 'words of programs and apostrophes end too')
) as t (said, words, name);

select * from finish();
rollback;
