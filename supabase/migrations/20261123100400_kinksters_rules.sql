-- The rules of a character. Not valid yet: rows that break one are kept as they are until somebody corrects them.
-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

alter table public.kinksters
  add constraint provider_is_known check (provider in ('flowise', 'openai_responses')) not valid,
  add constraint openai_model_is_a_model_name check (openai_model ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$') not valid,
  add constraint openai_instructions_are_at_most_32000_characters check (char_length(openai_instructions) <= 32000) not valid,
  add constraint flowise_chatflow_id_is_path_safe check (flowise_chatflow_id ~ '^[A-Za-z0-9_-]{0,100}$') not valid,
  add constraint age_range_is_plainly_18_or_over check (kinkster.is_blank(age_range) or kinkster.is_adult_age(age_range)) not valid;
