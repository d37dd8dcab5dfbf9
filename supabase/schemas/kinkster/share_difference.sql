-- How far two shares are apart beyond chance: the interval of Newcombe (1998, Statistics in Medicine 17: 873-890, method 10)
-- from Wilson's of each, which holds for few observations and for shares near 0 and 1, unlike the one of textbooks.
create or replace function kinkster.share_difference(
  p_found bigint,
  p_of bigint,
  p_other_found bigint,
  p_other_of bigint,
  out lowest double precision,
  out highest double precision
)
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_z constant double precision := 1.959963984540054::double precision;  -- 95 in 100 such intervals hold the truth
  v_share double precision := p_found::double precision / nullif(p_of, 0);
  v_other double precision := p_other_found::double precision / nullif(p_other_of, 0);
  v_middle double precision := (2 * p_found + c_z ^ 2) / (2 * (p_of + c_z ^ 2));
  v_half double precision := c_z * pg_catalog.sqrt(c_z ^ 2 + 4 * p_found * (1 - v_share)) / (2 * (p_of + c_z ^ 2));
  v_other_middle double precision := (2 * p_other_found + c_z ^ 2) / (2 * (p_other_of + c_z ^ 2));
  v_other_half double precision :=
    c_z * pg_catalog.sqrt(c_z ^ 2 + 4 * p_other_found * (1 - v_other)) / (2 * (p_other_of + c_z ^ 2));
begin
  lowest := v_share - v_other
    - pg_catalog.sqrt((v_share - v_middle + v_half) ^ 2 + (v_other_middle + v_other_half - v_other) ^ 2);
  highest := v_share - v_other
    + pg_catalog.sqrt((v_middle + v_half - v_share) ^ 2 + (v_other - v_other_middle + v_other_half) ^ 2);
end
$$;

comment on function kinkster.share_difference(bigint, bigint, bigint, bigint) is
  'Between which values the difference of two shares lies (p_found in p_of less p_other_found in p_other_of), with 95 % confidence: beyond chance when 0 is not between them. Nulls when nothing was observed.';

revoke execute on function kinkster.share_difference(bigint, bigint, bigint, bigint)
  from public, anon, authenticated, service_role;
