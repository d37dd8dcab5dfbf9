-- The valid constraint spares "set not null" the look at every row; then it has done its work.
set local lock_timeout = '1s';

-- squawk-ignore adding-not-nullable-field
alter table public.kinksters alter column provider set not null;
-- squawk-ignore ban-drop-constraint
alter table public.kinksters drop constraint provider_is_set;

-- Fires for edits; a reply's response id alone is no edit.
create or replace trigger kinksters_touch
  before update on public.kinksters
  for each row
  when (
    old.* is distinct from new.*
    and (
      old.openai_previous_response_id is not distinct from new.openai_previous_response_id
      or to_jsonb(old) - 'openai_previous_response_id' is distinct from to_jsonb(new) - 'openai_previous_response_id'
    )
  )
  execute function kinkster.touch_kinkster();

comment on trigger kinksters_touch on public.kinksters is
  'Notes an edit of a character; being talked to is none.';
