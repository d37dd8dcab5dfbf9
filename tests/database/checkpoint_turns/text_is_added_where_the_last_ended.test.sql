begin;
\ir ../setup.psql
select plan(14);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
create function pg_temp.reply() returns text language sql as 'select reply from public.kinkster_turns';

select is(pg_temp.kept(:'began', 0, ''), 'kept', 'before any text');
select is(pg_temp.reply(), '', 'there is none');
select pg_temp.kept(:'began', 0, 'Wel') as x \gset
select is(pg_temp.reply(), 'Wel', 'the first');
select pg_temp.kept(:'began', 3, 'l met') as x \gset
select is(pg_temp.reply(), 'Well met', 'what follows');
select pg_temp.kept(:'began', 8, '') as x \gset
select is(pg_temp.reply(), 'Well met', 'a heartbeat');
select pg_temp.kept(:'began', 3, 'l met') as x \gset
select is(pg_temp.reply(), 'Well met', 'the same again, as after a lost answer');
select is(pg_temp.kept(:'began', 0, 'Wel'), 'kept', 'a call that is late');
select is(pg_temp.reply(), 'Well met', 'takes nothing back');
select pg_temp.kept(:'began', 8, e' 🎭 é\n"') as x \gset
select is(pg_temp.reply(), e'Well met 🎭 é\n"', 'in any letters');
select pg_temp.kept(:'began', 14, '!') as x \gset
select is(pg_temp.reply(), e'Well met 🎭 é\n"!', 'counted in characters');
select is(pg_temp.kept(:'began', 20, 'x'), 'lost', 'a gap is no reply');
select is(pg_temp.reply(), e'Well met 🎭 é\n"!', 'and changes nothing');
select is((select is_shown from public.kinkster_turns), true, 'it was sent to a client');
select is(pg_temp.settled(:'began', '{"reply": "Well met 🎭 é!"}') ->> 'status', 'completed', 'the end is what the worker says');

select * from finish();
rollback;
