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
    if (select pg_catalog.jsonb_agg(f.value order by f.place) from kinkster.notion_fields(new) as f)
      is distinct from (select pg_catalog.jsonb_agg(f.value order by f.place) from kinkster.notion_fields(old) as f) then
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

-- from supabase/schemas/kinkster/utf16_length.sql
-- Notion counts as JavaScript does: what lies beyond the first plane of Unicode, an emoji for one, counts two.
create or replace function kinkster.utf16_length(p_text text)
  returns integer
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.char_length(p_text)
    + pg_catalog.char_length(pg_catalog.regexp_replace(p_text, '[\u0001-\uffff]+', '', 'g'));
end
$$;

comment on function kinkster.utf16_length(text) is
  'Length of a text in UTF-16 code units.';

revoke execute on function kinkster.utf16_length(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.utf16_length(text) to authenticated, service_role;

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

-- from supabase/schemas/kinkster/notion_options.sql
-- The items of a list, each once, in the list's order. Two spellings stay two: Notion would show both.
create or replace function kinkster.notion_options(p_items text[])
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return coalesce(
    (
      select pg_catalog.jsonb_agg(told.item order by told.place)
      from (
        select kinkster.notion_text(given.item) as item, min(given.place) as place
        from pg_catalog.unnest(p_items) with ordinality as given (item, place)
        group by 1
      ) as told
      where told.item is not null
    ),
    '[]'
  );
end
$$;

comment on function kinkster.notion_options(text[]) is
  'The items of a list as a JSON array of texts as Notion shows them, without blanks and doubles.';

revoke execute on function kinkster.notion_options(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_options(text[]) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_attributes.sql
-- Attributes are JSON of any shape. A line for each thing that they say, after the names that lead to it; what is empty
-- leaves no trace. Below 20 levels a value stands as the JSON that it is.
create or replace function kinkster.notion_attributes(p_attributes jsonb)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return (
    with recursive part as (
      select null::text as name, array[]::integer[] as place, p_attributes as value
      union all
      select
        nullif(concat_ws(', ', part.name, kinkster.notion_text(inner_part.key)), ''),
        part.place || inner_part.n::integer,
        inner_part.value
      from part
      cross join lateral (
        select entry.key, entry.value, row_number() over (order by entry.key collate "C") as n
        from jsonb_each(case when jsonb_typeof(part.value) = 'object' then part.value else '{}' end) as entry
        union all
        select null, item.value, item.n
        from jsonb_array_elements(case when jsonb_typeof(part.value) = 'array' then part.value else '[]' end)
          with ordinality as item (value, n)
      ) as inner_part
      where cardinality(part.place) < 20
    )

    select string_agg(coalesce(part.name || ': ', '') || kinkster.notion_text(part.value #>> '{}'), e'\n' order by part.place)
    from part
    where jsonb_typeof(part.value) in ('string', 'number', 'boolean')
      or (cardinality(part.place) = 20 and part.value not in ('{}', '[]', 'null'))
  );
end
$$;

comment on function kinkster.notion_attributes(jsonb) is
  'JSON attributes as lines "name: value", "name, inner name: value", without anything empty; null when nothing is left.';

revoke execute on function kinkster.notion_attributes(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_attributes(jsonb) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_fields.sql
-- What Notion shows of a character: its properties, the type of each and what it says. Whatever is not here, Notion does
-- not show, and a change of it is none for Notion. Long texts come last, so that they crowd out nothing that is short.
create or replace function kinkster.notion_fields(p_kinkster public.kinksters)
  returns table (place integer, property text, kind text, value jsonb)
  rows 45
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  k alias for p_kinkster;
begin
  return query
  select field.place, field.property, field.kind, pg_catalog.to_jsonb(kinkster.notion_text(field.said))
  from (
    values
    (1, 'Name', 'title', coalesce(kinkster.notion_text(k.name), k.display_name)),
    (2, 'Supabase ID', 'rich_text', k.id::text),
    (3, 'Display Name', 'rich_text', k.display_name),
    (4, 'Role', 'select', k.role),
    (5, 'Pronouns', 'select', k.pronouns),
    (6, 'Experience Level', 'select', k.experience_level),
    (7, 'Archetype', 'rich_text', k.archetype),
    (8, 'Specialty', 'rich_text', k.specialty),
    -- A picture that is kept in the row itself has no address.
    (
      9, 'Avatar', 'files',
      case
        when k.avatar_url ~* '^\s*data:' and pg_catalog.char_length(k.avatar_url) > 200 then
          pg_catalog.format('%s… (a picture of %s characters)', pg_catalog.left(k.avatar_url, 100), pg_catalog.char_length(k.avatar_url))
        else k.avatar_url
      end
    ),
    (30, 'Body Type', 'rich_text', k.body_type),
    (31, 'Height', 'rich_text', k.height),
    (32, 'Build', 'rich_text', k.build),
    (33, 'Hair Color', 'rich_text', k.hair_color),
    (34, 'Hair Style', 'rich_text', k.hair_style),
    (35, 'Eye Color', 'rich_text', k.eye_color),
    (36, 'Skin Tone', 'rich_text', k.skin_tone),
    (37, 'Facial Hair', 'rich_text', k.facial_hair),
    (38, 'Age Range', 'rich_text', k.age_range),
    (39, 'Aesthetic', 'rich_text', k.aesthetic),
    (40, 'Physical Attributes', 'rich_text', kinkster.notion_attributes(k.physical_attributes)),
    (41, 'Appearance Description', 'rich_text', k.appearance_description),
    (42, 'Bio', 'rich_text', k.bio),
    (43, 'Backstory', 'rich_text', k.backstory)
  ) as field (place, property, kind, said)
  union all
  select field.place, field.property, 'multi_select', kinkster.notion_options(field.items)
  from (
    values
    (11, 'Hard Limits', k.hard_limits),
    (12, 'Soft Limits', k.soft_limits),
    (13, 'Top Kinks', k.top_kinks),
    (14, 'Kink Interests', k.kink_interests),
    (15, 'Personality Traits', k.personality_traits),
    (16, 'Role Preferences', k.role_preferences),
    (17, 'Clothing Style', k.clothing_style),
    (18, 'Fetish Wear', k.fetish_wear),
    (19, 'Favorite Colors', k.favorite_colors)
  ) as field (place, property, items)
  union all
  select field.place, field.property, field.kind, field.value
  from (
    values
    (21, 'Dominance', 'number', pg_catalog.to_jsonb(k.dominance)),
    (22, 'Submission', 'number', pg_catalog.to_jsonb(k.submission)),
    (23, 'Charisma', 'number', pg_catalog.to_jsonb(k.charisma)),
    (24, 'Stamina', 'number', pg_catalog.to_jsonb(k.stamina)),
    (25, 'Creativity', 'number', pg_catalog.to_jsonb(k.creativity)),
    (26, 'Control', 'number', pg_catalog.to_jsonb(k.control)),
    (51, 'Active', 'checkbox', pg_catalog.to_jsonb(k.is_active is true)),
    (52, 'Public', 'checkbox', pg_catalog.to_jsonb(k.is_public is true)),
    (53, 'Primary', 'checkbox', pg_catalog.to_jsonb(k.is_primary is true)),
    -- In one form, whatever the session's time zone; a date that no calendar has is none.
    (
      54, 'Created', 'date',
      case when k.created_at >= '0001-01-01Z' and k.created_at < '9999-12-31Z' then
        pg_catalog.jsonb_build_object(
          'start', pg_catalog.to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        )
      end
    )
  ) as field (place, property, kind, value);
end
$$;

comment on function kinkster.notion_fields(public.kinksters) is
  'The properties of a character''s page in Notion, in order: name, type, and what it says as JSON (a text, a list of texts, or the value itself); null for nothing.';

revoke execute on function kinkster.notion_fields(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_fields(public.kinksters) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_pieces.sql
-- A text in pieces that Notion takes, which put together are the text: at most 2,000 UTF-16 code units each, so 1,000
-- characters at least. A piece ends with a space if there is one near; else no sign is torn from what belongs to it.
create or replace function kinkster.notion_pieces(p_text text)
  returns text[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  -- Accents, vowel signs, joiners, variation selectors, skin tones: what stands over or changes the character before it.
  c_clings constant text := '[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed'
    '\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u200d\u20d0-\u20ff'
    '\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]';
  c_half_flag constant text := '[\U0001f1e6-\U0001f1ff]';  -- two of these are one flag
  v_rest text := p_text;
  v_head text;
  v_size integer;
  v_cut integer;
  v_pieces text[] := array[]::text[];
begin
  while v_rest <> '' loop
    v_head := pg_catalog.left(v_rest, 2000);
    v_size := 1000;
    if pg_catalog.char_length(v_rest) > v_size then
      v_size := greatest(v_size, 2000 + pg_catalog.char_length(v_head) - kinkster.utf16_length(v_head));
    end if;
    v_cut := v_size;
    if pg_catalog.char_length(v_rest) > v_size and pg_catalog.substr(v_rest, v_size + 1, 1) !~ '\s' then
      v_cut := v_size
        - pg_catalog.char_length(pg_catalog.substring(pg_catalog.right(pg_catalog.left(v_head, v_size), 200), '\s(\S*)$'));
      if v_cut is null then
        v_cut := v_size;
        while pg_catalog.substr(v_rest, v_cut + 1, 1) ~ c_clings or pg_catalog.substr(v_rest, v_cut, 1) = e'\u200d' loop
          v_cut := v_cut - 1;
          if v_cut < v_size - 100 then
            v_cut := v_size;
            exit;
          end if;
        end loop;
        if pg_catalog.substr(v_rest, v_cut + 1, 1) ~ c_half_flag then
          v_cut := v_cut
            - coalesce(pg_catalog.char_length(pg_catalog.substring(pg_catalog.left(v_head, v_cut), c_half_flag || '+$')), 0) % 2;
        end if;
      end if;
    end if;
    v_pieces := v_pieces || pg_catalog.left(v_rest, v_cut);
    v_rest := pg_catalog.substr(v_rest, v_cut + 1);
  end loop;
  return v_pieces;
end
$$;

comment on function kinkster.notion_pieces(text) is
  'A text cut into pieces of at most 2,000 UTF-16 code units, where possible after a space; empty for null.';

revoke execute on function kinkster.notion_pieces(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_pieces(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_rich_text.sql
-- One element of Notion's rich text.
create or replace function kinkster.notion_rich_text(p_text text)
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object('type', 'text', 'text', pg_catalog.jsonb_build_object('content', p_text));
end
$$;

comment on function kinkster.notion_rich_text(text) is
  'A plain text of at most 2,000 UTF-16 code units as an element of Notion''s rich text.';

revoke execute on function kinkster.notion_rich_text(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_rich_text(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_block.sql
-- A block of a page's content that says one text.
create or replace function kinkster.notion_block(p_type text, p_text text)
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'object', 'block',
    'type', p_type,
    p_type, pg_catalog.jsonb_build_object('rich_text', pg_catalog.jsonb_build_array(kinkster.notion_rich_text(p_text)))
  );
end
$$;

comment on function kinkster.notion_block(text, text) is
  'A Notion block of the given type (paragraph, heading_2) with a text of at most 2,000 UTF-16 code units.';

revoke execute on function kinkster.notion_block(text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_block(text, text) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_page.sql
-- A character as a page of Notion, within Notion's limits: 2,000 UTF-16 code units a text, 100 texts or options a property,
-- options of at most 100 code units without a comma, 500 KB a request. What a property cannot say is said in the content,
-- under a heading with its name. A request stays under 500 KB since texts in properties have at most 240 KB, and 40
-- blocks of content at most 250 KB.
create or replace function kinkster.notion_page(p_kinkster public.kinksters)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    with field as (
      select f.place, f.property, f.kind, f.value, f.property in ('Bio', 'Backstory') as is_content
      from kinkster.notion_fields(p_kinkster) as f
    ),

    -- Each piece of text, option and address, and whether Notion takes it in a property of this type.
    part as (
      select f.place, piece.n, piece.said, true as is_able
      from field as f
      cross join lateral unnest(kinkster.notion_pieces(f.value #>> '{}')) with ordinality as piece (said, n)
      where f.kind in ('title', 'rich_text')
      union all
      select f.place, option.n, option.said,
        option.said !~ '[\u0001-\u001f\u2028\u2029,]' and kinkster.utf16_length(option.said) <= 100
      from field as f
      cross join lateral jsonb_array_elements_text(
        case f.kind when 'multi_select' then f.value when 'select' then jsonb_build_array(f.value) end
      ) with ordinality as option (said, n)
      where option.said is not null
      union all
      select f.place, 1, f.value #>> '{}', f.value #>> '{}' ~ '^https?://[!-~]+$' and char_length(f.value #>> '{}') <= 2000
      from field as f
      where f.kind = 'files' and f.value is not null
    ),

    ranked as (
      select p.*, p.is_able and row_number() over (partition by p.place, p.is_able order by p.n) <= 100 as has_room
      from part as p
    ),

    placed as (
      select
        r.*,
        r.has_room and sum(octet_length(to_json(r.said)::text) + 50) filter (where r.has_room) over (order by r.place, r.n) <= 240000
          as in_property
      from ranked as r
    ),

    property as (
      select
        f.property,
        jsonb_build_object(f.kind, case f.kind
          when 'multi_select' then coalesce(p.options, '[]')
          when 'select' then p.options -> 0
          when 'files' then coalesce(p.files, '[]')
          when 'title' then coalesce(p.texts, '[]')
          when 'rich_text' then coalesce(p.texts, '[]')
          else f.value
        end) as value
      from field as f
      left join lateral (
        select
          jsonb_agg(kinkster.notion_rich_text(p.said) order by p.n) as texts,
          jsonb_agg(jsonb_build_object('name', p.said) order by p.n) as options,
          jsonb_agg(
            jsonb_build_object('name', f.property, 'type', 'external', 'external', jsonb_build_object('url', p.said))
          ) as files
        from placed as p
        where p.place = f.place and p.in_property
      ) as p on true
    ),

    content as (
      select
        f.is_content,
        f.place,
        f.property,
        case when f.kind in ('select', 'multi_select')
          then string_agg('• ' || p.said, e'\n' order by p.n)
          else string_agg(p.said, '' order by p.n)
        end as said
      from field as f
      join placed as p on p.place = f.place
      where f.is_content or not p.in_property
      group by f.is_content, f.place, f.property, f.kind
    ),

    block as (
      select
        b.block,
        row_number() over (order by not c.is_content, c.place, b.n) as n
      from content as c
      cross join lateral (
        select kinkster.notion_block('heading_2', c.property) as block, 0 as n
        union all
        select kinkster.notion_block('paragraph', piece.said), piece.n
        from unnest(kinkster.notion_pieces(c.said)) with ordinality as piece (said, n)
      ) as b
    ),

    request as (
      select jsonb_agg(b.block order by b.n) as blocks, (b.n - 1) / 40 as n
      from block as b
      group by (b.n - 1) / 40
    )

    select jsonb_build_object(
      'properties', (select jsonb_object_agg(p.property, p.value) from property as p),
      'children', coalesce((select r.blocks from request as r where r.n = 0), '[]'),
      'more_children', coalesce((select jsonb_agg(r.blocks order by r.n) from request as r where r.n > 0), '[]')
    )
  );
end
$$;

comment on function kinkster.notion_page(public.kinksters) is
  'A character as Notion takes it: properties; children, the page''s first 40 blocks at most; more_children, lists of 40 at most to append after those. The same row gives the same bytes.';

revoke execute on function kinkster.notion_page(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_page(public.kinksters) to authenticated, service_role;

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
  v_id text := kinkster.trimmed(p_id);
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
  v_rule text;
begin
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
      where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated
      having count(*) > 0
    ),
    'select null'
  ) into v_rule using p_kinkster;
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
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'revision', v_kinkster.revision,
    'page_id', v_page_id
  )
    || case when v_page_id is null then
      pg_catalog.jsonb_build_object(
        'parent', pg_catalog.jsonb_build_object('type', 'database_id', 'database_id', v_database_id)
      )
      else '{}'
    end
    || kinkster.notion_page(v_kinkster);
end
$$;

comment on function public.prepare_kinkster_for_notion(uuid) is
  'A kinkster as Notion takes it: its revision; page_id, null when it has no page yet; then also parent; properties, all of them; children, the first 40 blocks of content at most, and more_children, lists of 40 at most to append after the page is there. Raises PT404 for a kinkster that is not the caller''s, PT409 when no database is set, when it is local_only, or when it breaks a rule (an age that is not plainly 18 or over).';

revoke execute on function public.prepare_kinkster_for_notion(uuid) from public, anon, authenticated, service_role;
grant execute on function public.prepare_kinkster_for_notion(uuid) to authenticated, service_role;

-- from supabase/schemas/kinkster/note_sync.sql
-- Notes what Notion shows of a character from now on. What was edited since leaves it pending. That a page is the page of
-- one character an index says; of pages that were noted before there were revisions, this asks.
create or replace function kinkster.note_sync(
  p_kinkster_id uuid,
  p_notion_page_id text,
  p_notion_database_id text,
  p_master_page_id text,
  p_revision bigint
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_page_id text := kinkster.notion_id(p_notion_page_id);
  v_database_id text := kinkster.notion_id(p_notion_database_id);
  v_master_page_id text := kinkster.notion_id(p_master_page_id);
  v_kinkster public.kinksters;
begin
  if v_page_id is null or pg_catalog.concat(v_page_id, v_database_id, v_master_page_id) !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT422' using
      message = 'Blank, or not an id of Notion.',
      hint = 'Give the id that Notion returned for the page, such as ''0a1b2c3d-4e5f-6789-8abc-def012345678''.';
  end if;

  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = p_kinkster_id and k.user_id is not null and not k.is_system_kinkster
  for no key update;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no kinkster of yours with this id.',
      hint = 'Check the id: a kinkster is sent to Notion by its owner, a system kinkster by nobody.';
  end if;

  if p_revision < 1 or p_revision > v_kinkster.revision then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('This kinkster has no revision %s yet; it is at %s.', p_revision, v_kinkster.revision),
      hint = 'Give the revision that prepare_kinkster_for_notion returned with what was sent.';
  end if;
  if p_revision <= v_kinkster.synced_revision then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('Revision %s was sent already: Notion shows %s.', p_revision, v_kinkster.synced_revision),
      hint = 'Prepare the kinkster again, and send what is new.';
  end if;

  begin
    if exists (
      select
      from public.kinksters as k
      where k.notion_page_id in (v_page_id, pg_catalog.replace(v_page_id, '-', ''))
        and k.synced_revision is null
        and k.id <> p_kinkster_id
    ) then
      raise unique_violation;
    end if;
    update public.kinksters as k
    set
      notion_page_id = v_page_id,
      notion_database_id = coalesce(v_database_id, k.notion_database_id),
      master_notion_page_id = coalesce(v_master_page_id, k.master_notion_page_id),
      notion_last_synced_at = kinkster.now(),
      synced_revision = coalesce(p_revision, k.revision),
      sync_status = case
        when k.sync_status = 'local_only' then 'local_only'
        when p_revision < k.revision then 'pending'
        else 'synced'
      end,
      sync_error = null
    where k.id = p_kinkster_id
    returning k.* into v_kinkster;
  exception when unique_violation then
    raise sqlstate 'PT409' using
      message = 'This page of Notion is another kinkster''s.',
      hint = 'Look in Notion for the page whose Supabase ID is this kinkster''s, or create one.';
  end;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'sync_status', v_kinkster.sync_status,
    'revision', v_kinkster.revision,
    'synced_revision', v_kinkster.synced_revision,
    'notion_page_id', v_kinkster.notion_page_id,
    'notion_database_id', v_kinkster.notion_database_id,
    'master_page_id', v_kinkster.master_notion_page_id,
    'notion_last_synced_at', v_kinkster.notion_last_synced_at
  );
end
$$;

comment on function kinkster.note_sync(uuid, text, text, text, bigint) is
  'What mark_kinkster_synced does, for whoever may write every kinkster. Raises what mark_kinkster_synced raises.';

revoke execute on function kinkster.note_sync(uuid, text, text, text, bigint) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_sync(uuid, text, text, text, bigint) to service_role;

-- from supabase/schemas/kinkster/note_own_sync.sql
-- Notes what Notion shows of a character of the caller's. Security definer: a client may not write a revision or a status
-- itself; it takes no user id, so it reaches the caller's own characters alone.
create or replace function kinkster.note_own_sync(
  p_kinkster_id uuid,
  p_notion_page_id text,
  p_notion_database_id text,
  p_master_page_id text,
  p_revision bigint
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return kinkster.note_sync(
    (select k.id from public.kinksters as k where k.id = p_kinkster_id and k.user_id = (select auth.uid())),
    p_notion_page_id, p_notion_database_id, p_master_page_id, p_revision
  );
end
$$;

comment on function kinkster.note_own_sync(uuid, text, text, text, bigint) is
  'What mark_kinkster_synced does for a user. Raises what mark_kinkster_synced raises.';

revoke execute on function kinkster.note_own_sync(uuid, text, text, text, bigint) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_own_sync(uuid, text, text, text, bigint) to authenticated;

-- from supabase/schemas/public/mark_kinkster_synced.sql
-- Says that a character was sent to Notion, in the revision that was prepared. An edit made meanwhile leaves it pending.
create or replace function public.mark_kinkster_synced(
  p_kinkster_id uuid,
  p_notion_page_id text,
  p_notion_database_id text default null,
  p_master_page_id text default null,
  p_revision bigint default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  -- Without a user: an operator, whose own rights decide.
  if (select auth.uid()) is null then
    return kinkster.note_sync(p_kinkster_id, p_notion_page_id, p_notion_database_id, p_master_page_id, p_revision);
  end if;
  return kinkster.note_own_sync(p_kinkster_id, p_notion_page_id, p_notion_database_id, p_master_page_id, p_revision);
end
$$;

comment on function public.mark_kinkster_synced(uuid, text, text, text, bigint) is
  'Marks a kinkster as sent to Notion: p_revision is what prepare_kinkster_for_notion returned with it; null means that it was sent as it is now. Ids that are null stay as they are. sync_status becomes synced, or stays pending when the kinkster was edited meanwhile. Returns what is noted now. Raises PT404 for a kinkster that is not the caller''s, PT409 for a page of another kinkster or a revision that was sent already, PT422 for a revision that does not exist and for bad ids.';

revoke execute on function public.mark_kinkster_synced(uuid, text, text, text, bigint)
  from public, anon, authenticated, service_role;
grant execute on function public.mark_kinkster_synced(uuid, text, text, text, bigint) to authenticated, service_role;

-- An application may have the one with four arguments; with both, every short call would be ambiguous.
-- squawk-ignore ban-drop-function
drop function if exists public.mark_kinkster_synced(uuid, text, text, text);

-- from supabase/schemas/public/kinksters.sql (sha256 a5a0e695992aeeb35147f81455fad0b4f90fa943701c84791a813cfae1aa92a0)
-- Last, since everybody waits for kinksters from here to the end.
-- Counted from now on: which revision Notion shows of the characters that are there, nobody knows.
alter table public.kinksters
  add column if not exists revision bigint not null default 1,
  add column if not exists synced_revision bigint;
revoke insert (revision, synced_revision), update (revision, synced_revision) on public.kinksters from authenticated;
comment on column public.kinksters.revision is 'Counts the edits that Notion shows, from 1.';
comment on column public.kinksters.synced_revision is 'The revision that Notion shows; null when none is known to have arrived.';
