-- What is known of models: by which names providers call them, and when they end. `make prices` writes the list that is
-- loaded here (model_list, load_models); what an operator adds or makes their own stays as it is.
create table kinkster.models (
  model text primary key constraint model_is_a_model_name check (model ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'),
  provider text not null constraint model_provider_is_not_blank check (not kinkster.is_blank(provider)),
  same_as text constraint same_as_is_a_known_model references kinkster.models (model)
    constraint same_as_is_another_model check (same_as <> model),
  covers text not null default 'itself' constraint covers_is_known check (covers in ('itself', 'dates', 'all')),
  shutdown_on date,
  replacement text
    constraint replacement_is_a_model_name check (replacement ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$')
    constraint replacement_is_another_model check (replacement <> model),
  listed boolean not null default false
);

-- Longest first, as find_model reads them.
create index models_that_cover_all_idx on kinkster.models (length(model) desc) where covers = 'all';
create index models_same_as_idx on kinkster.models (same_as);

comment on table kinkster.models is
  'One row per name of a model, as providers take and return it. Add models of your own; to change one of the list, set listed to false with it, or the next list takes the change back.';
comment on column kinkster.models.model is 'The name.';
comment on column kinkster.models.provider is 'Whose model it is, such as openai.';
comment on column kinkster.models.same_as is 'The model that this is another name of: its prices hold, and its end unless this row has its own. Null: a model of its own.';
comment on column kinkster.models.covers is 'Which names it stands for: itself; also those with a date behind it, such as -2026-10-01 (dates); also all that begin with it (all). A row of its own counts first, then a date, then the longest beginning.';
comment on column kinkster.models.shutdown_on is 'From this day on (UTC) the provider does not answer for it; null when no end is known.';
comment on column kinkster.models.replacement is 'The model that turns use from that day on; null: none is known, and the provider refuses.';
comment on column kinkster.models.listed is 'Whether it came with the list, and follows the next one.';

revoke all on kinkster.models from public, anon, authenticated, service_role;
grant select on kinkster.models to authenticated;
grant select, insert, update, delete on kinkster.models to service_role;
