-- Whom the scripts of pgbench draw from: users by number, each with a character.
create table public.bench_people as
select n, md5('user ' || n)::uuid as user_id, md5('character ' || n)::uuid as kinkster_id
from generate_series(1, 512) as n;
alter table public.bench_people add primary key (n);
grant select on public.bench_people to kinkster_worker;
