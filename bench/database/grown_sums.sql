-- Adds up the turns of conversations :first to :last by the product's own function, which goes by keys.
select kinkster.add_turns(1, array_agg(d.user_id), array_agg(md5('turn ' || c || ' ' || i)::uuid))
from generate_series(:first, :last) as c
cross join generate_series(1, :each) as i
cross join lateral public.bench_conversation(c) as d;
