-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/touch_kinkster.sql
-- An edit of a character leaves four traces: when, its next revision, that Notion has not seen it, and, when its provider
-- changed, that the provider's chain of responses has ended. It fires on no statement of a turn's path: see the trigger's
-- condition. Notion's own notes, and what Notion does not show, are no edit for Notion.
create or replace function kinkster.touch_kinkster()
  returns trigger
  language plpgsql
  security invoker
  set search_path = ''
as $$
declare
  c_of_sync constant text[] := array[
    'notion_page_id', 'notion_database_id', 'master_notion_page_id', 'notion_last_synced_at', 'last_notion_update',
    'sync_status', 'sync_error', 'revision', 'synced_revision'
  ];
  -- Changed for many characters at once, and never shown: spares them the look at all that Notion shows.
  c_of_provider constant text[] := array[
    'provider', 'provider_changed_at', 'openai_model', 'openai_instructions', 'openai_previous_response_id', 'flowise_chatflow_id'
  ];
  v_old jsonb := pg_catalog.to_jsonb(old) - c_of_sync;
  v_new jsonb := pg_catalog.to_jsonb(new) - c_of_sync;
begin
  if new.provider is distinct from old.provider then
    new.provider_changed_at := kinkster.now();
    new.openai_previous_response_id := null;
  end if;
  if v_new is distinct from v_old then
    new.updated_at := pg_catalog.now();
  end if;
  if v_new - c_of_provider is distinct from v_old - c_of_provider then
    if kinkster.notion_values(new) is distinct from kinkster.notion_values(old) then
      new.revision := old.revision + 1;
      new.last_local_update := pg_catalog.now();
      if new.sync_status is distinct from 'local_only' then
        new.sync_status := 'pending';
      end if;
    end if;
  end if;
  return new;
end
$$;

comment on function kinkster.touch_kinkster() is
  'Trigger: an edit sets updated_at, one that Notion shows also makes the next revision and leaves it pending, and a change of provider ends the chain of response ids.';

revoke execute on function kinkster.touch_kinkster() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/notion_flaws.sql
-- What Notion would show otherwise than it is written, or not at all: a pattern for control characters but tabs and line
-- feeds, for blanks around a text, and for a text of nothing. Without arguments, as kinkster.blanks: naming it costs no call.
create or replace function kinkster.notion_flaws()
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.format('^[%1$s]|[%1$s]$|^$|[\u0001-\u0008\u000b-\u001f\u007f-\u009f]', kinkster.blanks());
end
$$;

comment on function kinkster.notion_flaws() is
  'A regular expression for texts that kinkster.notion_text changes; all others it leaves as they are.';

revoke execute on function kinkster.notion_flaws() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_flaws() to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_text.sql
-- Text of a row as Notion shows it: one kind of line end, no other control characters but tabs, nothing blank around it.
create or replace function kinkster.notion_text(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if p_text !~ kinkster.notion_flaws() then
    return p_text;
  end if;
  return kinkster.trimmed(pg_catalog.regexp_replace(
    pg_catalog.regexp_replace(p_text, '\r\n|[\u000b-\u000d\u0085]', e'\n', 'g'),
    '[\u0001-\u0008\u000e-\u001f\u007f-\u009f]+', '', 'g'
  ));
end
$$;

comment on function kinkster.notion_text(text) is
  'A text trimmed, with its line ends as line feeds and without other control characters but tabs; null when nothing is left.';

revoke execute on function kinkster.notion_text(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_text(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_lines.sql
-- Attributes are JSON of any shape. A line for each thing that they say, after the names that lead to it; what is empty
-- leaves no trace. Below 20 levels a value stands as the JSON that it is.
create or replace function kinkster.notion_lines(p_attributes jsonb, p_name text default null, p_level integer default 1)
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_is_object boolean := pg_catalog.jsonb_typeof(p_attributes) = 'object';
  v_items jsonb := case
    when v_is_object then pg_catalog.jsonb_path_query_array(p_attributes, jsonpath '$.keyvalue()')
    when pg_catalog.jsonb_typeof(p_attributes) = 'array' then p_attributes
    else pg_catalog.jsonb_build_array(p_attributes)
  end;
  v_value jsonb;
  v_name text := p_name;
  v_text text;
  v_lines text[];
begin
  -- JSON has the shorter names first, and those of one length in order.
  if v_is_object
    and pg_catalog.octet_length(v_items -> 0 ->> 'key') < pg_catalog.octet_length(v_items -> -1 ->> 'key') then
    v_items := (
      select pg_catalog.jsonb_agg(item.value order by item.value ->> 'key' collate "C")
      from pg_catalog.jsonb_array_elements(v_items) as item (value)
    );
  end if;
  for v_n in 0 .. pg_catalog.jsonb_array_length(v_items) - 1 loop
    v_value := v_items -> v_n;
    if v_is_object then
      v_name := v_value ->> 'key';
      if v_name ~ kinkster.notion_flaws() then
        v_name := kinkster.notion_text(v_name);
      end if;
      v_name := nullif(pg_catalog.concat_ws(', ', p_name, v_name), '');
      v_value := v_value -> 'value';
    end if;
    if p_level < 20 and pg_catalog.jsonb_typeof(v_value) in ('object', 'array') then
      v_lines := v_lines || kinkster.notion_lines(v_value, v_name, p_level + 1);
    elsif v_value not in ('{}', '[]', 'null') then
      v_text := v_value #>> '{}';
      if v_text ~ kinkster.notion_flaws() then
        v_text := kinkster.notion_text(v_text);
      end if;
      v_lines := v_lines || (coalesce(v_name || ': ', '') || v_text);
    end if;
  end loop;
  return nullif(pg_catalog.array_to_string(v_lines, e'\n'), '');
end
$$;

comment on function kinkster.notion_lines(jsonb, text, integer) is
  'JSON attributes as lines "name: value", "name, inner name: value", without anything empty; null when nothing is left. For what is inside another value, also the names that lead there and the level.';

revoke execute on function kinkster.notion_lines(jsonb, text, integer) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_lines(jsonb, text, integer) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_types.sql
-- The properties of a character's page in Notion, each followed by its type, in the order of kinkster.notion_values. Without
-- arguments, as kinkster.blanks: naming them costs no call.
create or replace function kinkster.notion_types()
  returns text[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return array[
    'Name', 'title',
    'Supabase ID', 'rich_text',
    'Display Name', 'rich_text',
    'Role', 'select',
    'Pronouns', 'select',
    'Experience Level', 'select',
    'Archetype', 'rich_text',
    'Specialty', 'rich_text',
    'Avatar', 'files',
    'Hard Limits', 'multi_select',
    'Soft Limits', 'multi_select',
    'Top Kinks', 'multi_select',
    'Kink Interests', 'multi_select',
    'Personality Traits', 'multi_select',
    'Role Preferences', 'multi_select',
    'Clothing Style', 'multi_select',
    'Fetish Wear', 'multi_select',
    'Favorite Colors', 'multi_select',
    'Body Type', 'rich_text',
    'Height', 'rich_text',
    'Build', 'rich_text',
    'Hair Color', 'rich_text',
    'Hair Style', 'rich_text',
    'Eye Color', 'rich_text',
    'Skin Tone', 'rich_text',
    'Facial Hair', 'rich_text',
    'Age Range', 'rich_text',
    'Aesthetic', 'rich_text',
    'Physical Attributes', 'rich_text',
    'Appearance Description', 'rich_text',
    'Bio', 'rich_text',
    'Backstory', 'rich_text',
    'Dominance', 'number',
    'Submission', 'number',
    'Charisma', 'number',
    'Stamina', 'number',
    'Creativity', 'number',
    'Control', 'number',
    'Active', 'checkbox',
    'Public', 'checkbox',
    'Primary', 'checkbox',
    'Created', 'date'
  ];
end
$$;

comment on function kinkster.notion_types() is
  'The properties of a character''s page in Notion, each followed by its type.';

revoke execute on function kinkster.notion_types() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_types() to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_form.sql
-- A page's properties as JSON with a place for what each says (format). Without arguments, as kinkster.blanks: naming it
-- costs no call.
create or replace function kinkster.notion_form()
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_types constant text[] := kinkster.notion_types();
  v_properties text[] := array[]::text[];
begin
  for v_n in 1 .. pg_catalog.cardinality(c_types) by 2 loop
    v_properties := v_properties || pg_catalog.format(
      case when c_types[v_n + 1] in ('select', 'number', 'checkbox', 'date') then '"%s": {"%s": %%s}' else '"%s": {"%s": [%%s]}' end,
      c_types[v_n],
      c_types[v_n + 1]
    );
  end loop;
  return '{' || pg_catalog.array_to_string(v_properties, ', ') || '}';
end
$$;

comment on function kinkster.notion_form() is
  'The properties of a character''s page as Notion takes them, with %s where each has its value, or a list''s elements.';

revoke execute on function kinkster.notion_form() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_form() to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_values.sql
-- What Notion shows of a character, in the order of kinkster.notion_types. Whatever is not here, Notion does not show, and a
-- change of it is none for Notion. Long texts come after short ones, so that they crowd out nothing that is short.
create or replace function kinkster.notion_values(p_kinkster public.kinksters)
  returns text[]
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  k alias for p_kinkster;
  v_values text[] := array[
    k.name, k.id::text, k.display_name, k.role, k.pronouns, k.experience_level, k.archetype, k.specialty,
    -- A picture that is kept in the row itself has no address.
    case
      when k.avatar_url ~* '^\s*data:' and pg_catalog.char_length(k.avatar_url) > 200 then
        pg_catalog.format('%s… (a picture of %s characters)', pg_catalog.left(k.avatar_url, 100), pg_catalog.char_length(k.avatar_url))
      else k.avatar_url
    end,
    null, null, null, null, null, null, null, null, null,  -- lists
    k.body_type, k.height, k.build, k.hair_color, k.hair_style, k.eye_color, k.skin_tone, k.facial_hair, k.age_range, k.aesthetic,
    kinkster.notion_lines(k.physical_attributes),
    k.appearance_description, k.bio, k.backstory
  ];
  v_items text[];
  v_item text;
  v_told text[];
begin
  for v_n in 1 .. pg_catalog.cardinality(v_values) loop
    if v_values[v_n] ~ kinkster.notion_flaws() then
      v_values[v_n] := kinkster.notion_text(v_values[v_n]);
    end if;
  end loop;
  v_values[1] := coalesce(v_values[1], v_values[3]);
  for v_n in 10 .. 18 loop
    v_items := case v_n
      when 10 then k.hard_limits
      when 11 then k.soft_limits
      when 12 then k.top_kinks
      when 13 then k.kink_interests
      when 14 then k.personality_traits
      when 15 then k.role_preferences
      when 16 then k.clothing_style
      when 17 then k.fetish_wear
      when 18 then k.favorite_colors
    end;
    continue when v_items is null;
    if pg_catalog.cardinality(v_items) <= 50 then  -- beyond, comparing each with those before it takes their square
      v_told := array[]::text[];
      foreach v_item in array v_items loop
        if v_item ~ kinkster.notion_flaws() then
          v_item := kinkster.notion_text(v_item);
        end if;
        if v_item is not null and v_item <> all (v_told) then
          v_told := v_told || v_item;
        end if;
      end loop;
    else
      v_told := array(
        select told.item
        from (
          select kinkster.notion_text(given.item) as item, min(given.place) as place
          from pg_catalog.unnest(v_items) with ordinality as given (item, place)
          group by 1
        ) as told
        where told.item is not null
        order by told.place
      );
    end if;
    v_values[v_n] := nullif(pg_catalog.array_to_string(v_told, e'\x7f'), '');
  end loop;
  return v_values || pg_catalog.string_to_array(
    pg_catalog.btrim(pg_catalog.json_build_array(
      k.dominance, k.submission, k.charisma, k.stamina, k.creativity, k.control,
      k.is_active is true, k.is_public is true, k.is_primary is true,
      -- In one form, whatever the session's time zone; a date that no calendar has is none.
      case when k.created_at >= '0001-01-01Z' and k.created_at < '9999-12-31Z' then
        pg_catalog.json_build_object(
          'start', pg_catalog.to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        )
      end
    )::text, '[]'), ', '
  );
end
$$;

comment on function kinkster.notion_values(public.kinksters) is
  'What each property of kinkster.notion_types says of a character: a text; a list''s items with U+007F between them; JSON for a number, a truth value or a date; null for nothing.';

revoke execute on function kinkster.notion_values(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_values(public.kinksters) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_body.sql
-- A character as a page of Notion, within Notion's limits: 2,000 UTF-16 code units a text, 100 texts or options a property,
-- options of at most 100 code units without a comma, 500 KB a request. What a property cannot say is said in the content,
-- under a heading with its name. A request stays under 500 KB since texts in properties have at most 240 KB, and 40
-- blocks of content at most 250 KB. JSON is written as text, to be read once, when it is whole.
create or replace function kinkster.notion_body(
  p_kinkster public.kinksters,
  out properties text,
  out children text,
  out more_children text
)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_between constant text := e'\x7f';  -- between items and pieces: no text has control characters, and JSON does not escape this one
  c_never_in_options constant text := '[\u0001-\u001f\u2028\u2029,]';
  c_types constant text[] := kinkster.notion_types();
  v_values text[] := kinkster.notion_values(p_kinkster);
  c_bio constant integer := 31;  -- its place among the values; Backstory follows
  v_contents text[] := array['Bio', v_values[c_bio], 'Backstory', v_values[c_bio + 1]];  -- headings with their texts: these first
  v_kind text;
  v_said text;
  v_quoted text;
  v_size integer;
  v_bytes integer := 0;
  v_part text;
  v_count integer;
  v_able text[];
  v_left text[];
  v_blocks text[];
  v_requests text[];
begin
  for v_n in 1 .. pg_catalog.cardinality(v_values) loop
    v_said := v_values[v_n];
    v_kind := c_types[2 * v_n];
    exit when v_kind = 'number';  -- from here on all are JSON as they are
    continue when v_said is null and v_kind <> 'select';
    v_quoted := pg_catalog.to_json(v_said)::text;
    -- 50 for each part, and its own JSON: all but the first come with a separator here, and there with quotation marks.
    v_size := pg_catalog.octet_length(v_quoted) + 50
      + 51 * (pg_catalog.octet_length(v_said) - pg_catalog.octet_length(pg_catalog.replace(v_said, c_between, '')));
    -- What surely fits needs no look at its parts: no text has more code units than bytes.
    if v_said is null or v_bytes + v_size <= 240000 and (case
      when v_kind in ('title', 'rich_text') then pg_catalog.octet_length(v_said) <= 2000
      when v_kind in ('select', 'multi_select') then pg_catalog.octet_length(v_said) <= 100 and v_said !~ c_never_in_options
    end) then
      v_bytes := v_bytes + coalesce(v_size, 0);
    else
      v_count := 0;
      v_able := array[]::text[];
      v_left := array[]::text[];
      foreach v_part in array case
        when v_kind in ('title', 'rich_text') then kinkster.notion_pieces(v_said)
        when v_kind = 'multi_select' then pg_catalog.string_to_array(v_said, c_between)
        else array[v_said]
      end loop
        if v_count < 100 and (case
          when v_kind in ('title', 'rich_text') then true
          when v_kind = 'files' then v_part ~ '^https?://[!-~]+$' and pg_catalog.char_length(v_part) <= 2000
          else v_part !~ c_never_in_options and kinkster.utf16_length(v_part) <= 100
        end) then
          v_count := v_count + 1;
          v_bytes := v_bytes + pg_catalog.octet_length(pg_catalog.to_json(v_part)::text) + 50;
          if v_bytes <= 240000 then
            v_able := v_able || v_part;
            continue;
          end if;
        end if;
        v_left := v_left || v_part;
      end loop;
      v_quoted := pg_catalog.to_json(nullif(pg_catalog.array_to_string(v_able, c_between), ''))::text;
      if v_left <> '{}' and v_n < c_bio then  -- Bio and Backstory are there already
        v_contents := v_contents || array[c_types[2 * v_n - 1], case
          when v_kind in ('select', 'multi_select') then '• ' || pg_catalog.array_to_string(v_left, e'\n• ')
          else pg_catalog.array_to_string(v_left, '')
        end];
      end if;
    end if;
    v_values[v_n] := case v_kind
      when 'select' then coalesce('{"name": ' || v_quoted || '}', 'null')
      when 'multi_select' then '{"name": ' || pg_catalog.replace(v_quoted, c_between, '"}, {"name": "') || '}'
      when 'files' then '{"name": "Avatar", "type": "external", "external": {"url": ' || v_quoted || '}}'
      else
        '{"type": "text", "text": {"content": '
        || pg_catalog.replace(v_quoted, c_between, '"}}, {"type": "text", "text": {"content": "') || '}}'
    end;
  end loop;
  properties := pg_catalog.format(kinkster.notion_form(), variadic v_values);

  for v_n in 1 .. pg_catalog.cardinality(v_contents) by 2 loop
    v_said := v_contents[v_n + 1];
    v_blocks := v_blocks || pg_catalog.string_to_array(
      '{"object": "block", "type": "heading_2", "heading_2": {"rich_text": [{"type": "text", "text": {"content": "'
      || v_contents[v_n] || '"}}]}}'
      || c_between
      || '{"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"type": "text", "text": {"content": '
      || pg_catalog.replace(
        pg_catalog.to_json(case
          when pg_catalog.octet_length(v_said) > 2000 then pg_catalog.array_to_string(kinkster.notion_pieces(v_said), c_between)
          else v_said
        end)::text,
        c_between,
        '"}}]}}'
        || c_between
        || '{"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"type": "text", "text": {"content": "'
      ) || '}}]}}',
      c_between
    );
  end loop;
  children := '[' || coalesce(pg_catalog.array_to_string(v_blocks[: 40], ', '), '') || ']';
  for v_n in 41 .. coalesce(pg_catalog.cardinality(v_blocks), 0) by 40 loop
    v_requests := v_requests || ('[' || pg_catalog.array_to_string(v_blocks[v_n : v_n + 39], ', ') || ']');
  end loop;
  more_children := '[' || coalesce(pg_catalog.array_to_string(v_requests, ', '), '') || ']';
end
$$;

comment on function kinkster.notion_body(public.kinksters) is
  'A character as Notion takes it, in JSON: properties; children, the page''s first 40 blocks at most; more_children, lists of 40 at most to append after those. The same row gives the same bytes.';

revoke execute on function kinkster.notion_body(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_body(public.kinksters) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_id.sql
-- Notion writes its ids with dashes and takes them without. Here they are kept in one form, so that equal ones are equal.
create or replace function kinkster.notion_id(p_id text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_id text := nullif(pg_catalog.btrim(p_id, kinkster.blanks()), '');
  v_digits text := pg_catalog.lower(pg_catalog.replace(v_id, '-', ''));
begin
  return case when v_digits ~ '^[0-9a-f]{32}$' then v_digits::uuid::text else v_id end;
end
$$;

comment on function kinkster.notion_id(text) is
  'An id of Notion as a lower-case UUID with dashes; other texts trimmed; null for a blank one.';

revoke execute on function kinkster.notion_id(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_id(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/broken_rule.sql
-- Rules that came later leave rows that break them as they are; such a row can't be written, whatever else changes in it.
-- Only rules that some row breaks are asked: the others are valid for all.
create or replace function kinkster.broken_rule(p_kinkster public.kinksters)
  returns text
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_rules constant oid[] := array(
    select c.oid
    from pg_catalog.pg_constraint as c
    where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated
  );
  v_rule text;
begin
  if c_rules <> '{}' then
    execute coalesce(
      (
        select pg_catalog.format(
          'select coalesce(%s) from (select ($1).*) as kinksters',
          pg_catalog.string_agg(
            pg_catalog.format('case when not (%s) then %L end', pg_catalog.pg_get_expr(c.conbin, c.conrelid), c.conname), ', '
            order by c.conname
          )
        )
        from pg_catalog.pg_constraint as c
        where c.oid = any (c_rules)
      ),
      'select null'
    ) into v_rule using p_kinkster;
  end if;
  return v_rule;
end
$$;

comment on function kinkster.broken_rule(public.kinksters) is
  'The name of the first rule that a character breaks and that was made after it; null for none.';

revoke execute on function kinkster.broken_rule(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.broken_rule(public.kinksters) to authenticated, service_role;

-- from supabase/schemas/public/prepare_kinkster_for_notion.sql
-- The body that makes a character's page in Notion, or changes the one that it has. An emptied field is sent empty, since
-- Notion leaves a property that is not sent as it was.
create or replace function public.prepare_kinkster_for_notion(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters := kinkster.visible_kinkster(p_kinkster_id);
  v_page_id text := kinkster.notion_id(v_kinkster.notion_page_id);
  v_rule text := kinkster.broken_rule(v_kinkster);
  v_database_id text;
  v_page record;
begin
  if v_kinkster.is_system_kinkster or v_kinkster.user_id is null then
    raise sqlstate 'PT404' using
      message = 'A system kinkster has no page in Notion.',
      hint = 'Create a kinkster of your own and send that.';
  end if;
  if v_kinkster.sync_status = 'local_only' then
    raise sqlstate 'PT409' using
      message = 'This kinkster is not to leave this database.',
      hint = 'Its sync_status is local_only; it is sent once that is pending.';
  end if;
  -- Nothing could be noted of its page.
  if v_rule is not null then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the kinkster; until then no change of it can be stored.';
  end if;
  if v_page_id !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT409' using
      message = 'What is noted as this kinkster''s page is no id of Notion.',
      hint = 'Call forget_kinkster_notion_page, and it gets a page when it is sent.';
  end if;
  if v_page_id is null then
    select kinkster.notion_id(p.notion_kinksters_database_id) into v_database_id
    from public.profiles as p
    where p.id = v_kinkster.user_id;
    if v_database_id is null or v_database_id !~ '^[A-Za-z0-9_-]+$' then
      raise sqlstate 'PT409' using
        message = 'No Notion database is set for this kinkster''s page.',
        hint = 'Set notion_kinksters_database_id in your profile to the id of a database in Notion, not to its address.';
    end if;
  end if;
  v_page := kinkster.notion_body(v_kinkster);
  return pg_catalog.format(
    '{"success": true, "kinkster_id": "%s", "revision": %s, %s, "properties": %s, "children": %s, "more_children": %s}',
    v_kinkster.id,
    v_kinkster.revision,
    case when v_page_id is null
      then pg_catalog.format('"page_id": null, "parent": {"type": "database_id", "database_id": "%s"}', v_database_id)
      else pg_catalog.format('"page_id": "%s"', v_page_id)
    end,
    v_page.properties,
    v_page.children,
    v_page.more_children
  )::jsonb;
end
$$;

comment on function public.prepare_kinkster_for_notion(uuid) is
  'A kinkster as Notion takes it: its revision; page_id, null when it has no page yet; then also parent; properties, all of them; children, the first 40 blocks of content at most, and more_children, lists of 40 at most to append after the page is there. Raises PT404 for a kinkster that is not the caller''s, PT409 when no database is set, when it is local_only, when its page_id is no id, or when it breaks a rule (an age that is not plainly 18 or over).';

revoke execute on function public.prepare_kinkster_for_notion(uuid) from public, anon, authenticated, service_role;
grant execute on function public.prepare_kinkster_for_notion(uuid) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_properties.sql
-- What a database in Notion must have, for kinkster notion setup and for saying what it lacks.
create or replace function kinkster.notion_properties()
  returns jsonb
  language plpgsql
  immutable
  security definer
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_object(kinkster.notion_types());
end
$$;

comment on function kinkster.notion_properties() is 'The properties of a character''s page in Notion and their types.';

revoke execute on function kinkster.notion_properties() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_properties() to kinkster_worker;

-- from supabase/schemas/kinkster/notion_options.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.notion_options(text[]);

-- from supabase/schemas/kinkster/notion_attributes.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.notion_attributes(jsonb);

-- from supabase/schemas/kinkster/notion_fields.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.notion_fields(public.kinksters);

-- from supabase/schemas/kinkster/notion_rich_text.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.notion_rich_text(text);

-- from supabase/schemas/kinkster/notion_block.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.notion_block(text, text);

-- from supabase/schemas/kinkster/notion_page.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.notion_page(public.kinksters);
