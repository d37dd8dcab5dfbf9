-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/words.sql
-- A text as a row of words that can be compared: one Unicode form, one case, nothing invisible, one space between words
-- and around them. Each sign is a word of its own, and so is each letter of a script that puts no spaces between words.
create or replace function kinkster.words(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  -- With them the Arabic stretching letter.
  c_invisible constant text := '[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f'
    '\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]';
  -- Unicode's white space, the blank of Braille, and the four separators of ASCII, which Postgres 18 calls no space and ICU does.
  c_spaces constant text := '[\s\u001c-\u001f\u0085\u1680\u2028\u2029\u2800]+';
  -- Thai, Lao, Burmese, Khmer, kana, ideographs.
  c_unspaced constant text := '\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff'
    '\uf900-\ufaff\U00020000-\U0003ffff';
  -- Normalizing a run of marks takes the square of its length: no run is longer than 100, as in no language.
  c_run constant text := '([^[:alnum:]\s!-~]{100})';
  v_text text collate kinkster.unicode := p_text;
begin
  if pg_catalog.octet_length(p_text) = pg_catalog.char_length(p_text) then  -- ASCII: all that follows comes to this
    v_text := pg_catalog.regexp_replace(pg_catalog.lower(p_text collate "C"), '([^a-z0-9\s\u001c-\u001f])', ' \1 ', 'g');
    return pg_catalog.btrim(pg_catalog.regexp_replace(v_text, c_spaces, ' ', 'g'));
  end if;
  for v_time in 1 .. 2 loop  -- one form can hold what was another's before
    v_text := pg_catalog.regexp_replace(pg_catalog.regexp_replace(v_text, c_invisible, '', 'g'), c_run, '\1 ', 'g');
    v_text := pg_catalog.normalize(v_text, 'nfkc');
    -- One case, and one sigma: which of its two small forms a lower one gets depends on what stands next to it.
    v_text := pg_catalog.translate(pg_catalog.lower(pg_catalog.upper(pg_catalog.lower(v_text))), 'ς', 'σ');
  end loop;
  v_text := pg_catalog.regexp_replace(pg_catalog.regexp_replace(v_text, c_invisible, '', 'g'), c_run, '\1 ', 'g');
  v_text := pg_catalog.normalize(v_text, 'nfkc');
  -- In the blocks from U+0300 marks are parts of a word.
  v_text := pg_catalog.regexp_replace(
    v_text, '([^[:alnum:]\u0300-\u0dff]|[[:punct:]' || c_unspaced || '])', ' \1 ', 'g'
  );
  return pg_catalog.btrim(pg_catalog.regexp_replace(v_text, c_spaces, ' ', 'g'));
end
$$;

comment on function kinkster.words(text) is
  'The words of a text in one Unicode form (NFKC) and case, with one space between them; two texts that say the same give the same.';

revoke execute on function kinkster.words(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.words(text) to authenticated, service_role;
