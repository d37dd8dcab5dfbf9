begin;
\ir ../setup.psql
select plan(4);

select is(kinkster.endpoint(null), null, 'none has none');
select is(kinkster.endpoint('gopher'), null, 'nor has an unknown one');
select is(kinkster.endpoint('openai_responses'), '/api/kinksters/chat', 'the Responses API');
select is(kinkster.endpoint('flowise'), '/api/flowise/chat', 'Flowise');

select * from finish();
rollback;
