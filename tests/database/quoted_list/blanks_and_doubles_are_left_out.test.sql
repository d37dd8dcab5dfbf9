begin;
\ir ../setup.psql
select plan(12);

select is(kinkster.quoted_list(null), null, 'null');
select is(kinkster.quoted_list('{}'), null, 'empty');
select is(kinkster.quoted_list(array['', null, ' ', e'\u3000']), null, 'nothing but blanks');
select is(kinkster.quoted_list(array['b', 'a', 'c']), '"b", "a", "c"', 'in the order of the list');
select is(kinkster.quoted_list(array['b', '', 'a', null]), '"b", "a"', 'no comma dangles');
select is(kinkster.quoted_list(array['a', 'b'], e'\n- '), e'"a"\n- "b"', 'with a separator of one''s own');
select is(kinkster.quoted_list(array['a, b', 'a', 'b']), '"a, b", "a", "b"', 'a comma inside an item is no end of it');
select is(kinkster.quoted_list(doubles), doubles_left, why) from (values
  (array['Heights', 'heights ', 'HEIGHTS'], '"Heights"', 'case and spaces: the first one stays'),
  (array['ÉTÉ', 'été', e'e\u0301te\u0301'], '"ÉTÉ"', 'accents, composed or not'),
  (array['spiders', 'ｓｐｉｄｅｒｓ'], '"spiders"', 'width'),
  (array['heights', e'heights\u00a0', e'\u2003heights'], '"heights"', 'Unicode''s spaces around'),
  (array[e'a\nb', 'a＼nb'], '"a\nb", "a＼nb"', 'what looks alike only once it is quoted is no double')
) as d (doubles, doubles_left, why);

select * from finish();
rollback;
