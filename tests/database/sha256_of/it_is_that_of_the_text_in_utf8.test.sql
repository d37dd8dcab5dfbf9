begin;
\ir ../setup.psql
select plan(3);

select is(kinkster.sha256_of(null), null, 'of nothing there is none');
select is(kinkster.sha256_of(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'of an empty text');
select is(kinkster.sha256_of('é'), '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c', 'of letters');

select * from finish();
rollback;
